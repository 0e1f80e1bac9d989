import { Problem } from '../lib/problem.ts'
import type { Alert, Info, Status } from './model.ts'

/** valueNames of the parameter that holds the text of the message, best first. The CMAM ones are IPAWS's, for 360 and 90 characters. */
const textParameters = ['SMS', 'CMAMlongtext', 'CMAMtext']

const marks: Record<string, { Exercise: string; Test: string }> = {
  de: { Exercise: '[ÜBUNG]', Test: '[TEST]' },
  en: { Exercise: '[EXERCISE]', Test: '[TEST]' },
  es: { Exercise: '[SIMULACRO]', Test: '[PRUEBA]' },
  fr: { Exercise: '[EXERCICE]', Test: '[TEST]' },
  ja: { Exercise: '[訓練]', Test: '[試験]' },
  ko: { Exercise: '[훈련]', Test: '[시험]' },
  ru: { Exercise: '[УЧЕНИЯ]', Test: '[ТЕСТ]' },
  zh: { Exercise: '[演练]', Test: '[测试]' },
}

/** What a text of an alert that is not Actual begins with, in the language of the text, else in English. */
export function markOf(status: Status, language: string): string | undefined {
  if (status === 'Actual') return undefined
  const mark = marks[primarySubtag(language)] ?? (marks.en as { Exercise: string; Test: string })
  return status === 'Exercise' ? mark.Exercise : mark.Test
}

/**
 * The text of an info as it will be sent, whole: the parameter `SMS`, else `CMAMlongtext`, else `CMAMtext`, else headline and
 * instruction, a line each. Never cut; in NFC, because decomposed Hangul takes two to three times the segments.
 * @throws Problem `alert-without-text` where none of them says anything
 */
export function messageText(alert: Pick<Alert, 'status'>, info: Info): string {
  const body =
    parameterText(info) ?? [info.headline, info.instruction].flatMap((part) => oneLine(part) || []).join('\n')
  if (body === '') {
    throw new Problem('alert-without-text', `The info in ${info.language} has no text to send`, {
      status: 422,
      hint: 'Write a parameter with valueName SMS, or a headline and an instruction.',
    })
  }
  return withMark(alert.status, info.language, body)
}

/** A text in a language as it is sent with an alert of this status. */
export function withMark(status: Status, language: string, text: string): string {
  const mark = markOf(status, language)
  return mark === undefined || text.startsWith(mark) ? text : `${mark} ${text}`
}

function parameterText(info: Info): string | undefined {
  for (const name of textParameters) {
    const text = textsNamed(info, name)[0]
    if (text !== undefined) return text
  }
  return undefined
}

/** The values of the parameter `name` that say something, as they would be sent: more than one leaves the choice open. */
export function textsNamed(info: Info, name: string): string[] {
  return info.parameter.flatMap((parameter) => (parameter.valueName === name ? multiLine(parameter.value) || [] : []))
}

/** Lines are the author's, the indentation around them is the file's. */
function multiLine(text: string): string {
  const lines = text.normalize('NFC').split(/\r\n?|\n/)
  return lines
    .map((line) => line.trim())
    .join('\n')
    .trim()
}

/** Headlines and instructions come wrapped at 70 columns. */
function oneLine(text = ''): string {
  return text.normalize('NFC').replaceAll(/\s+/g, ' ').trim()
}

/**
 * The info for a person who reads `language` (BCP 47), as RFC 4647 §3.4 looks it up: the same tag, else the tag shortened from its end,
 * else any info of the same primary language, else the alert's first info, which is the fall-back that the approver saw.
 */
export function pickInfo(alert: Pick<Alert, 'infos'>, language: string | undefined): Info | undefined {
  const wanted = (language ?? '').toLowerCase().split('-')
  for (let length = wanted.length; length > 0; length--) {
    const tag = wanted.slice(0, length).join('-')
    const found = alert.infos.find((info) => info.language.toLowerCase() === tag)
    if (found) return found
  }
  return alert.infos.find((info) => primarySubtag(info.language) === wanted[0]) ?? alert.infos[0]
}

export function primarySubtag(language: string): string {
  return (language.split('-')[0] as string).toLowerCase()
}
