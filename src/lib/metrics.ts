import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { HotCounter } from './hot-counter.ts'

/** One registry per process; `/metrics` shows it. No label ever holds a number, a text, or a name but that of a feed. */
export const registry = new Registry()
const registers = [registry]

export const metrics = {
  segmentsSent: new Counter({
    registers,
    name: 'bongsu_segments_sent_total',
    help: 'submit_sm written to a socket',
    labelNames: ['carrier'],
  }),
  outcomes: new HotCounter({
    registers,
    name: 'bongsu_outcomes_total',
    help: 'Outcomes of submissions',
    labelNames: ['carrier', 'verdict'],
  }),
  refusals: new Counter({
    registers,
    name: 'bongsu_refusals_total',
    help: 'submit_sm_resp with an error, by command_status',
    labelNames: ['carrier', 'status'],
  }),
  receipts: new HotCounter({
    registers,
    name: 'bongsu_receipts_total',
    help: 'Delivery receipts by state',
    labelNames: ['carrier', 'state'],
  }),
  receiptsParked: new Counter({
    registers,
    name: 'bongsu_receipts_parked_total',
    help: 'Receipts whose message was not known when they came',
  }),
  inquiries: new Counter({
    registers,
    name: 'bongsu_inquiries_total',
    help: 'query_sm and cancel_sm by what the SMSC answered',
    labelNames: ['carrier', 'command', 'answer'],
  }),
  binds: new Gauge({ registers, name: 'bongsu_binds', help: 'Binds that are up', labelNames: ['carrier'] }),
  rate: new Gauge({
    registers,
    name: 'bongsu_allowed_rate',
    help: 'Segments per second that the pacer allows now',
    labelNames: ['carrier'],
  }),
  windowBound: new Gauge({
    registers,
    name: 'bongsu_window_bound',
    help: '1 while the window, not the contract, limits the carrier',
    labelNames: ['carrier'],
  }),
  signIns: new Counter({
    registers,
    name: 'bongsu_sign_ins_total',
    help: 'Sign-ins that were opened, failed, or came while the name or the address was locked',
    labelNames: ['outcome'],
  }),
  ledgerBacklog: new Gauge({
    registers,
    name: 'bongsu_ledger_backlog',
    help: 'Outcomes and receipts not yet committed',
  }),
  ledgerFlush: new Histogram({
    registers,
    name: 'bongsu_ledger_flush_seconds',
    help: 'Duration of a ledger transaction',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
  }),
  receiptAck: new Histogram({
    registers,
    name: 'bongsu_receipt_ack_seconds',
    help: 'From a receipt to its acknowledgement after commit',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
  }),
  ignoredFields: new Counter({
    registers,
    name: 'bongsu_roaming_fields_ignored_total',
    help: 'Fields of roaming notifications that are not known and were ignored',
  }),
  notifications: new Counter({
    registers,
    name: 'bongsu_roaming_notifications_total',
    help: 'Roaming notifications by what became of them; one that waits is counted again when that ends',
    labelNames: ['outcome'],
  }),
  feedSilent: new Gauge({
    registers,
    name: 'bongsu_feed_silent_seconds',
    help: 'Since the last notification of a feed that has fallen silent, or the first key of one that never began; 0 while it is not',
    labelNames: ['source'],
  }),
  inboxTexts: new Counter({
    registers,
    name: 'bongsu_inbox_texts_total',
    help: 'Texts and acknowledgements from phones that were kept, by part',
    labelNames: ['carrier'],
  }),
  quarantined: new Counter({
    registers,
    name: 'bongsu_quarantined_total',
    help: 'Deliveries that could not be read and were kept raw',
    labelNames: ['carrier'],
  }),
  camaraRequests: new Counter({
    registers,
    name: 'bongsu_camara_requests_total',
    help: "Requests to operators' CAMARA APIs by HTTP status, none where no answer came",
    labelNames: ['operator', 'call', 'status'],
  }),
  camaraSubscriptions: new Gauge({
    registers,
    name: 'bongsu_camara_subscriptions',
    help: 'Subscriptions at CAMARA operators by state',
    labelNames: ['operator', 'state'],
  }),
  camaraHeld: new Gauge({
    registers,
    name: 'bongsu_camara_held',
    help: '1 while nothing is asked of the operator, because it refused or did not answer',
    labelNames: ['operator'],
  }),
  scheduledRefused: new Counter({
    registers,
    name: 'bongsu_scheduled_launches_refused_total',
    help: 'Scheduled launches that were refused when their time had come, by why',
    labelNames: ['code'],
  }),
  scheduledErrors: new Counter({
    registers,
    name: 'bongsu_scheduled_launch_errors_total',
    help: 'Times that a scheduled launch failed for a reason of the engine’s own, and was put off',
  }),
  reviews: new Gauge({
    registers,
    name: 'bongsu_standing_alerts',
    help: 'Live alerts that somebody has to look at again: due within 24 hours, or paused because nobody did',
    labelNames: ['state'],
  }),
  reviewWalks: new Gauge({
    registers,
    name: 'bongsu_review_walks',
    help: 'Reviewed standing alerts of which those who came while they paused are still being told',
  }),
  oldestReviewWalk: new Gauge({
    registers,
    name: 'bongsu_review_walk_oldest_seconds',
    help: 'How long ago the oldest of those reviews was; one that grows for hours cannot be worked off: the log says why',
  }),
  webhookAttempts: new Counter({
    registers,
    name: 'bongsu_webhook_attempts_total',
    help: 'Attempts to tell a webhook of an event',
    labelNames: ['result'],
  }),
  webhooksGivenUp: new Counter({
    registers,
    name: 'bongsu_webhooks_given_up_total',
    help: 'Events that a webhook could not be told of in three days',
  }),
  lateEntrants: new Counter({
    registers,
    name: 'bongsu_late_entrants_total',
    help: 'People told because they entered a zone in force',
  }),
}
