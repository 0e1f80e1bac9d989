/** The ways on which an alert leaves; part of what is approved. */
export const channels: readonly string[] = ['sms']
