import { FeedActivity } from '../../src/api/feed-activity.ts'
import { FeedFolders } from '../../src/app/feeds/feed-folders.ts'
import { createLogger } from '../../src/lib/log.ts'
import { openQueues } from '../../src/queue/queues.ts'
import { openDatabase } from '../../src/store/database.ts'

/** Takes the files of a folder until it is killed: `feed-child.ts DATABASE_URL FOLDER`. */
const [url = '', root = ''] = process.argv.slice(2)
const log = createLogger('warn')
const db = openDatabase(url, log)
const queues = await openQueues({ databaseUrl: url, log })
let now = 0
const folders = await FeedFolders.open(root, { db, queues, activity: new FeedActivity(db, log), log, now: () => now })
for (;;) {
  await folders.scan()
  await folders.idle()
  now += 10_000
}
