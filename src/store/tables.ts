import type { ColumnType, Generated } from 'kysely'
import type { AlertState, Phase } from '../alerts/lifecycle.ts'
import type { Alert, Note } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import type { MessageReason, MessageState } from './states.ts'

/** What is written as JSON and read as the value. */
type Json<T> = ColumnType<T, string, string>
type Made = ColumnType<Date, never, never>

export interface Tables {
  person: { id: Generated<number>; name: string; created_at: Made }
  api_key: {
    id: Generated<number>
    person_id: number
    role: string
    hash: Buffer
    created_at: Made
    last_used_at: Date | null
    revoked_at: Date | null
    hplmns: string[] | null
    silent_after_s: number | null
    label: string | null
    expires_at: Date | null
    scopes: string[] | null
  }
  audit: {
    id: number
    at: Date
    actor: string
    act: string
    subject: string
    detail: Json<unknown>
    previous: Buffer
    hash: Buffer
  }
  resident: {
    msisdn: number
    mission: string
    country: string
    lon: number | null
    lat: number | null
    cell: number | null
    address: string | null
    language: string | null
    name_ref: string | null
    registered_at: Date | null
    updated_at: Generated<Date>
  }
  roamer: {
    msisdn: number
    hplmn: string | null
    vplmn: string | null
    country: string | null
    candidates: string[]
    entered_at: Date | null
    seen_at: Date
    lon: number | null
    lat: number | null
    radius_m: number | null
    cell: number | null
    placed_at: Date | null
    left_country: string | null
    left_at: Date | null
  }
  roaming_event: {
    day: Date
    key: string
    msisdn: number
    country: string | null
    event: string
    outcome: string
    at: Date
  }
  roaming_batch: {
    id: Generated<number>
    received_at: Made
    source: string
    events: Json<unknown[]>
    done_at: Date | null
  }
  alert: {
    id: Generated<string>
    chain_id: string
    identifier: string
    sender: string
    sent: Date
    msg_type: string
    status: string
    severity: string
    all_clear: boolean
    expires: Date
    document: Json<Alert>
    rules: Json<AlertRules>
    notes: Json<Note[]>
    lifecycle: Json<AlertState>
    phase: Phase
    digest: string
    approved_digest: string | null
    version: Generated<number>
    created_at: Made
    launched_at: Date | null
  }
  broadcast: {
    id: number
    alert_id: string | null
    day: Date | null
    lane: number
    state: Generated<'selecting' | 'sending' | 'closed'>
    exercise: boolean
    resend: boolean
    validity_ms: number | null
    digest: string | null
    expires: Date | null
    next_seq: Generated<number>
    expected: number | null
    refused: string | null
    created_at: Made
    selected_at: Date | null
    first_submit_at: Date | null
    cancelled_at: Date | null
    closed_at: Date | null
  }
  broadcast_text: { broadcast_id: number; variant: number; key: string; language: string; text: string }
  audience_tally: { broadcast_id: number; reason: MessageReason | 'apart'; country: string; n: number }
  mission: {
    id: string
    country: string
    name_ko: string
    name_en: string
    phone: string
    is_embassy: boolean
    verified_on: Date | null
  }
  carrier: { no: Generated<number>; id: string; paused_at: Date | null; down: Generated<boolean> }
  message: {
    broadcast_id: number
    recipient_key: number
    msisdn: number
    seq: number
    carrier_no: number
    variant: number
    attempt: number
    parts: number
    reason: MessageReason
    state: MessageState
    error: number | null
    made_at: Date
    submitted_at: Date | null
    final_at: Date | null
  }
  tally: {
    broadcast_id: number
    carrier_no: number
    was: MessageState | null
    state: MessageState | null
    n: number
    segments: number
  }
}
