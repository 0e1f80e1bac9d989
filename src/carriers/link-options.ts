import type { LinkOptions } from '../smpp/session/link.ts'
import type { CarrierProfile } from './schema.ts'

/** How to bind to a carrier, but for which kind of bind and the address to begin with. */
export function linkOptions(profile: CarrierProfile): Omit<LinkOptions, 'kind' | 'startAt'> {
  const { systemId, password, systemType, interfaceVersion, window, timers, links } = profile
  return {
    systemId,
    password,
    systemType,
    interfaceVersion: interfaceVersion === '5.0' ? 0x50 : 0x34,
    window,
    timers,
    addresses: links,
    reconnectMs: timers.reconnectMs,
  }
}
