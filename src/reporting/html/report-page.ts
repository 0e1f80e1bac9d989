import { createHash } from 'node:crypto'
import type { AfterActionReport } from '../after-action.ts'
import { time } from '../figures.ts'
import { actWords, pauseEnd } from '../words.ts'
import { alertPart } from './alert-part.ts'
import { html, Markup } from './markup.ts'
import { reportStyle } from './report-style.ts'
import { table } from './table.ts'

/** It may draw its own style sheet and nothing else: no script, no other host, no form, no frame. */
export const reportPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(reportStyle).digest('base64')}'`,
  "form-action 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * The report as one file to read, to print on A4 and to keep. The policy stands in the file too, for when it is opened from a disk; all that
 * people wrote is text in it.
 */
export function renderReportPage({ alerts, chainId, at, timeline }: AfterActionReport): string {
  const [first] = alerts
  const exercise = alerts.some((alert) => alert.exercise)
  const title = `After-action report: ${first?.event ?? ''} ${first?.identifier ?? chainId}`
  const page = html`<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml"${exercise && html` class="exercise"`}>
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${reportPolicy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${exercise && `${(first?.status ?? '').toUpperCase()} `}${title}</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
${
  exercise &&
  html`<p class="banner">${first?.status}: this was not a real alert, and no live carrier was used.</p>
<div class="watermark" aria-hidden="true">${(first?.status ?? '').toUpperCase()} 훈련</div>`
}
<main>
<h1>${title}</h1>
<p>As of ${time(at)}. All times are UTC.</p>
<h2>Timeline: who did what</h2>
${table(
  'Acts of people and of the engine, in their order',
  [{ title: 'when' }, { title: 'who' }, { title: 'what' }, { title: 'alert' }, { title: 'reason' }],
  timeline.map(({ at: when, who, what, identifier, reason, until }) => [
    time(when),
    who.replace(/^person:/, ''),
    what === 'alert.break-glass' ? html`<span class="alone">${actWords(what)}</span>` : actWords(what),
    identifier,
    reason ?? (until === undefined ? '' : pauseEnd(until)),
  ]),
)}
${alerts.map(alertPart)}
</main>
</body>
</html>
`
  return page.source
}
