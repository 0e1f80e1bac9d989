import { expect, test } from 'vitest'
import { askOfOneInstant, type Task } from '../../src/targeting/tasks.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile()

const answered: string[] = []
const ask =
  (name: string, sql = 'SELECT 1'): Task =>
  async (client) => {
    await client.query(sql)
    // Fails where the transaction was ended meanwhile.
    await client.query('SAVEPOINT answered')
    answered.push(name)
  }

test('a round begins when all of the one before is answered', async () => {
  answered.length = 0
  await askOfOneInstant(db, [[ask('slow', 'SELECT pg_sleep(0.05)'), ask('fast')], [], [ask('last')]])
  expect(answered).toEqual(['fast', 'slow', 'last'])
})

test('a question that fails is told of when the others under way are answered, and no further one is asked', async () => {
  answered.length = 0
  const questions = [ask('wrong', 'SELECT 1/0'), ask('under way', 'SELECT pg_sleep(0.05)'), ask('further')]
  await expect(askOfOneInstant(db, [questions, [ask('next round')]])).rejects.toMatchObject({ code: '22012' })
  expect(answered).toEqual(['under way'])
  await askOfOneInstant(db, [[ask('afterwards')]])
  expect(answered).toEqual(['under way', 'afterwards'])
})
