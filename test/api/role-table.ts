import { ROLES, type Role } from '../../src/alerts/lifecycle.ts'

/**
 * Who may do what, written by hand from what each is for, not from the code: viewer, composer, approver, administrator, auditor, carrier, and
 * mission staff (of the role that may). `x`: may; `.`: may not; `*` instead: anybody, without a key; `s`: by session alone.
 */
const table = `
                                                v c a d t k  m
GET    /healthz                                 *
GET    /readyz                                  *
GET    /metrics                                 *
GET    /v1/feeds/cap.atom                       *
GET    /v1/feeds/cap/{id}.xml                   *
GET    /v1/feeds/cap/key.pem                    *
POST   /v1/sessions                             *

GET    /v1/alerts                               x x x x x .  x
POST   /v1/alerts                               . x . . . .  x
POST   /v1/alerts/from-template                 . x . . . .  x
GET    /v1/alerts/{id}                          x x x x x .  x
PUT    /v1/alerts/{id}                          . x . . . .  x
GET    /v1/alerts/{id}/cap                      x x x x x .  x
POST   /v1/alerts/{id}/submit                   . x . . . .  x
POST   /v1/alerts/{id}/approve                  . . x . . .  x
POST   /v1/alerts/{id}/reject                   . . x . . .  x
POST   /v1/alerts/{id}/break-glass              . . x . . .  x
POST   /v1/alerts/{id}/discard                  . x x . . .  x
POST   /v1/alerts/{id}/launch                   . x x . . .  x
POST   /v1/alerts/{id}/unschedule               . x x . . .  x
POST   /v1/alerts/{id}/review                   . . x . . .  x
POST   /v1/alerts/{id}/overlaps/{otherId}       . . x . . .  x
POST   /v1/alerts/{id}/retract                  . x x . . .  x
POST   /v1/alerts/{id}/end                      . x x . . .  x
POST   /v1/alerts/{id}/rehearsal                . x . . . .  x
POST   /v1/alerts/{id}/preview                  x x x . . .  x
GET    /v1/alerts/{id}/density                  x x x . . .  x
GET    /v1/alerts/{id}/explain                  . . x . x .  x
GET    /v1/alerts/{id}/progress                 x x x x x .  x
GET    /v1/alerts/{id}/events                   x x x x x .  x
GET    /v1/alerts/{id}/recipients               x x x x x .  x
GET    /v1/alerts/{id}/report                   x x x x x .  x
GET    /v1/events                               x x x x x .  x

GET    /v1/alert-templates                      x x x x x .  x
POST   /v1/alert-templates                      . x x . . .  .
GET    /v1/alert-templates/{id}                 x x x x x .  x
GET    /v1/locked-terms                         x x x x x .  x
POST   /v1/locked-terms                         . x x . . .  .
DELETE /v1/locked-terms/{language}/{term}       . x x . . .  .

GET    /v1/residents                            . x x x x .  x
POST   /v1/residents                            . x . x . .  x
GET    /v1/residents/{msisdn}                   . x x x x .  x
DELETE /v1/residents/{msisdn}                   . x . x . .  x
POST   /v1/residents/import                     . x . x . .  x
POST   /v1/roaming-notifications                . . . x . x  .
GET    /v1/feeds                                x x x x x .  .
GET    /v1/camara/operators                     x x x x x .  .
GET    /v1/camara/subscriptions                 x x x x x .  .
POST   /v1/camara/subscriptions                 . . . x . .  .
POST   /v1/camara/subscriptions/end             . . . x . .  .
DELETE /v1/camara/subscriptions/{msisdn}        . . . x . .  .
GET    /v1/inbox                                x x x x x .  x
POST   /v1/inbox/{id}/handled                   . x x . . .  x

GET    /v1/zones                                x x x x x .  x
POST   /v1/zones                                . x . x . .  .
GET    /v1/zones/{id}                           x x x x x .  x
GET    /v1/zones/{id}/geojson                   x x x x x .  x

GET    /v1/travel-levels                        x x x x x .  x
POST   /v1/travel-levels                        . x . x . .  .
GET    /v1/travel-levels/at                     x x x x x .  x
POST   /v1/travel-levels/confirm                . x . x . .  .
GET    /v1/entry/policies                       x x x x x .  .
POST   /v1/entry/policies                       . x . x . .  .
GET    /v1/entry/templates                      x x x x x .  .
POST   /v1/entry/templates                      . x . x . .  .
GET    /v1/entry/campaigns                      x x x x x .  .
POST   /v1/entry/campaigns                      . x . x . .  .
POST   /v1/entry/campaigns/{name}/end           . x . x . .  .
GET    /v1/entry/facts                          x x x x x .  x
POST   /v1/entry/facts/missions/{id}            . x . x . .  .
POST   /v1/entry/facts/emergency-numbers        . x . x . .  .
POST   /v1/entry/facts/hosts                    . . . x . .  .
GET    /v1/entry/preview                        x x x x x .  x
GET    /v1/entry/check                          x x x x x .  .

GET    /v1/carriers                             x x x x x .  x
POST   /v1/carriers/reload                      . . . x . .  .
POST   /v1/carriers/{id}/pause                  . . x x . .  .
POST   /v1/carriers/{id}/resume                 . . x x . .  .

GET    /v1/messages                             . . x . x .  x
GET    /v1/messages/{broadcastId}/{seq}         x x x x x .  x
GET    /v1/messages/{broadcastId}/{seq}/receipts . . x . x .  x
GET    /v1/reports/entry-texts                  x x x x x .  .
GET    /v1/reports/entry-texts/{year}           x x x x x .  .

GET    /v1/quarantine                           . . . x x .  .
GET    /v1/webhooks                             . . . x . .  .
POST   /v1/webhooks                             . . . x . .  .
GET    /v1/webhooks/{id}                        . . . x . .  .
PUT    /v1/webhooks/{id}                        . . . x . .  .
DELETE /v1/webhooks/{id}                        . . . x . .  .
POST   /v1/webhooks/{id}/ping                   . . . x . .  .
POST   /v1/webhooks/{id}/secret                 . . . x . .  .
GET    /v1/webhooks/{id}/deliveries             . . . x . .  .

GET    /v1/audit                                . . . . x .  .
GET    /v1/audit/export                         . . . . x .  .
POST   /v1/privacy/export                       . . . x x .  .
POST   /v1/privacy/erase                        . . . x . .  .

GET    /v1/people                               . . . x . .  .
POST   /v1/people                               . . . x . .  .
PATCH  /v1/people/{id}                          . . . x . .  .
POST   /v1/people/{id}/reset                    . . . x . .  .
POST   /v1/keys                                 . . . x . .  .
DELETE /v1/keys/{id}                            . . . x . .  .
GET    /v1/sessions                             . . . x . .  .
DELETE /v1/sessions/{id}                        . . . x . .  .
GET    /v1/sessions/current                     s s s s s .  x
DELETE /v1/sessions/current                     s s s s s .  x
POST   /v1/me/password                          s s s s s .  x
POST   /v1/me/second-factor                     s s s s s .  x
POST   /v1/me/second-factor/confirm             s s s s s .  x
`

export interface Row {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As in the OpenAPI document. */
  readonly path: string
  readonly who: 'everybody' | Readonly<Record<Role, 'x' | '.' | 's'>>
  readonly missions: boolean
}

export const roleTable: readonly Row[] = table
  .split('\n')
  .slice(2)
  .filter((line) => line !== '')
  .map((line) => {
    const [method, path, ...cells] = line.split(/ +/)
    const who =
      cells[0] === '*' ? 'everybody' : (Object.fromEntries(ROLES.map((role, i) => [role, cells[i]])) as Row['who'])
    return { method, path, who, missions: cells[ROLES.length] === 'x' } as Row
  })
