import { Ajv, type ValidateFunction } from 'ajv'

/**
 * The requests of device-roaming-status-subscriptions 0.8.0 and device-roaming-status 1.1.0 (CAMARA DeviceRoamingStatus r1.2), written
 * down from what is published. Stricter than that where a client could go wrong unseen: no property that the API does not name.
 */
const dateTime = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$',
}
const device = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: { phoneNumber: { type: 'string', pattern: '^\\+[1-9][0-9]{4,14}$' } },
}
const names = ['roaming-status', 'roaming-on', 'roaming-off', 'roaming-change-country']

const subscriptionRequest = {
  type: 'object',
  required: ['sink', 'protocol', 'config', 'types'],
  additionalProperties: false,
  properties: {
    protocol: { const: 'HTTP' },
    sink: { type: 'string', pattern: '^https:\\/\\/.+$' },
    sinkCredential: {
      type: 'object',
      required: ['credentialType', 'accessToken', 'accessTokenExpiresUtc', 'accessTokenType'],
      additionalProperties: false,
      properties: {
        credentialType: { const: 'ACCESSTOKEN' },
        accessToken: { type: 'string' },
        accessTokenExpiresUtc: dateTime,
        accessTokenType: { const: 'bearer' },
      },
    },
    types: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: { enum: names.map((name) => `org.camaraproject.device-roaming-status-subscriptions.v0.${name}`) },
    },
    config: {
      type: 'object',
      required: ['subscriptionDetail'],
      additionalProperties: false,
      properties: {
        subscriptionDetail: {
          type: 'object',
          additionalProperties: false,
          required: ['device'],
          properties: { device },
        },
        subscriptionExpireTime: dateTime,
        subscriptionMaxEvents: { type: 'integer', minimum: 1 },
        initialEvent: { type: 'boolean' },
      },
    },
  },
}

const ajv = new Ajv({ allErrors: true })
export const isSubscriptionRequest: ValidateFunction = ajv.compile(subscriptionRequest)
export const isRoamingStatusRequest: ValidateFunction = ajv.compile({
  type: 'object',
  required: ['device'],
  additionalProperties: false,
  properties: { device },
})

export const correlatorPattern = /^[a-zA-Z0-9-_:;./<>{}]{0,256}$/
