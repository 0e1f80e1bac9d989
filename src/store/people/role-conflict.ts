import type { Role } from '../../alerts/lifecycle.ts'
import { Problem } from '../../lib/problem.ts'
import type { Client } from '../database.ts'
import { heldRoles } from './held-roles.ts'

/**
 * A person who could make himself the second person would be both. Call it with the person's row locked: of two changes at once the later one
 * sees the earlier. Roles are those of his sessions and of his keys that hold; a disabled person's count too, because he may be enabled again.
 * @throws Problem `role-conflict` (409)
 */
export async function refuseConflict(client: Client, personId: number, adding: readonly Role[]): Promise<void> {
  const { rows } = await client.query<{ name: string; roles: Role[] }>(
    `SELECT name, ${heldRoles('p')} AS roles FROM person p WHERE id = $1`,
    [personId],
  )
  const all = new Set<Role>([...adding, ...(rows[0]?.roles ?? [])])
  if (!all.has('administrator') || !(all.has('composer') || all.has('approver'))) return
  throw new Problem('role-conflict', 'Administrators neither compose nor approve alerts: a person is never both', {
    status: 409,
    hint: `${rows[0]?.name} holds ${[...(rows[0]?.roles ?? [])].join(', ')}: revoke the keys and take the roles first, or name another person.`,
  })
}
