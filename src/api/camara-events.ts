import type { Logger } from '../lib/log.ts'
import { maskMsisdn } from '../lib/mask.ts'
import { Problem } from '../lib/problem.ts'
import { type CamaraEvent, notificationOf } from '../subscribers/camara.ts'
import type { RoamingNotification } from '../subscribers/notification.ts'

/**
 * What can be acted on in a CAMARA event by itself; the rest is logged. `country-unknown`: a bare `roaming-on` tells that somebody is
 * abroad but not where, and there is no operator that could be asked. `device-unknown`: the event names a subscription only, and it is
 * none of ours.
 */
export function usableOf(event: CamaraEvent, log: Logger): RoamingNotification | Problem | undefined {
  const who = {
    ...(event.msisdn === undefined ? {} : { msisdn: maskMsisdn(event.msisdn) }),
    ...(event.subscriptionId === undefined ? {} : { subscriptionId: event.subscriptionId }),
  }
  switch (event.kind) {
    case 'notification': {
      const notification = notificationOf(event)
      if (notification !== undefined) return notification
      log.warn(who, 'a CAMARA event does not tell the number; it is not used')
      return new Problem('device-unknown', 'The event names a subscription but no phone number', {
        where: 'data.device',
      })
    }
    case 'ask-country':
      log.warn(who, 'a CAMARA event tells that a device roams but not where; it is not used')
      return new Problem('country-unknown', 'The event does not tell the country', {
        where: 'data.countryCode',
        hint: 'Subscribe to roaming-status or roaming-change-country, or let this engine subscribe (docs/camara.md).',
      })
    case 'area-left':
      log.debug(who, 'a device left a watched area; where to is not known')
      return undefined
    case 'subscription': {
      const { state, reason, renew } = event
      log[renew ? 'warn' : 'info'](
        { ...who, state, reason },
        renew ? 'a CAMARA subscription ended' : 'CAMARA subscription',
      )
      return undefined
    }
  }
}
