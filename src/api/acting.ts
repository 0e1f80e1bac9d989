import type { FastifyRequest } from 'fastify'
import type { Acting } from '../store/alerts/transition.ts'
import { holderOf } from './authenticate.ts'

/** Who acts on an alert: the person of the request, by the roles of the key or session in use. */
export function actingOf(request: FastifyRequest): Exclude<Acting, 'engine'> {
  const { person, roles } = holderOf(request)
  return { person, roles }
}
