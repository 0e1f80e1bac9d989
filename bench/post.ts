import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Sends notifications to an engine; resolves when the request is acknowledged: they are committed then. */
export function postNotifications(url: string, key: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const sent = request(`${url}/v1/roaming-notifications`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 202) resolve()
        else reject(new Error(`a batch was answered ${response.statusCode}`))
      })
    })
    sent.once('error', reject).end(body)
  })
}
