import { Refused } from './api.js'
import { made } from './made.js'
import { lasting } from './time.js'
import { words } from './words.js'

/**
 * @typedef {object} Field
 * @property {string} name also of the API's body: what is wrong with it is said beside it
 * @property {string} label
 * @property {string} [help]
 * @property {string} [shape] said where it is not written as it has to be
 * @property {Readonly<Record<string, string>>} attributes
 */
/** @typedef {ReturnType<typeof newForm>} Form */

/**
 * A form that the browser neither checks nor sends: what is wrong is said beside the field, in the page's own words.
 *
 * @param {string} id
 * @param {{ title: string, intro?: readonly (string | Node)[], fields: readonly Field[], submit: string }} of
 */
export function newForm(id, { title, intro = [], fields, submit }) {
  const shown = new Map(fields.map((field) => [field.name, newField(id, field)]))
  const problem = made('p', { class: 'problem', role: 'alert' })
  const button = made('button', { type: 'submit' }, submit)
  const element = made(
    'form',
    // Should the script fail, nothing would end up in an address; and form-action forbids the browser to send it at all.
    { id, method: 'post', novalidate: '', hidden: '', 'aria-labelledby': `${id}-title` },
    made('h2', { id: `${id}-title` }, title),
    ...intro,
    ...[...shown.values()].map(({ element }) => element),
    problem,
    button,
  )

  /** @param {string} name */
  const field = (name) => {
    const found = shown.get(name)
    if (found === undefined) throw new Error(`the form ${id} has no field ${name}`)
    return found
  }
  const tell = (/** @type {string} */ text) => {
    problem.textContent = text
  }
  const clean = () => {
    tell('')
    for (const one of shown.values()) one.tell('')
  }
  /** Says it beside the field, and brings whoever types there. @param {string} name @param {string} text */
  const tellOf = (name, text) => {
    const { input, element, tell: tellBeside } = field(name)
    // It was not asked for, and is wrong all the same.
    element.hidden = false
    tellBeside(text)
    input.focus()
  }
  /** @param {unknown} error */
  const refuse = (error) => {
    const text = saidOf(error)
    const at = error instanceof Refused ? shown.get(error.where?.slice(1) ?? '') : undefined
    if (at === undefined) return tell(text)
    const { code } = /** @type {Refused} */ (error)
    tellOf(at.name, code === 'bad-request' ? (at.shape ?? text) : text)
  }
  let busy = false

  return {
    element,
    input: (/** @type {string} */ name) => field(name).input,
    /** Shows a field, or hides what is known already. */
    need: (/** @type {string} */ name, /** @type {boolean} */ needed) => {
      field(name).element.hidden = !needed
    },
    clear: () => {
      for (const { input } of shown.values()) input.value = ''
      clean()
    },
    tell,
    tellOf,
    refuse,
    /**
     * Does it with what was typed, one at a time, where nothing is missing.
     * @param {(typed: (name: string) => string) => Promise<void>} work
     */
    onSubmit: (work) =>
      element.addEventListener('submit', async (event) => {
        event.preventDefault()
        if (busy) return
        clean()
        const visible = [...shown.values()].filter(({ element }) => !element.hidden)
        const empty = visible.find(({ input }) => input.required && input.value.trim() === '')
        if (empty !== undefined) return tellOf(empty.name, words.missing(empty.label))
        busy = true
        // Not `disabled`: the focus would be lost.
        button.setAttribute('aria-disabled', 'true')
        try {
          await work((name) => field(name).input.value)
        } catch (error) {
          refuse(error)
        } finally {
          busy = false
          button.removeAttribute('aria-disabled')
        }
      }),
  }
}

/** @param {string} form @param {Field} of */
function newField(form, { name, label, help, shape, attributes }) {
  const id = `${form}-${name}`
  const described = [...(help === undefined ? [] : [`${id}-help`]), `${id}-problem`].join(' ')
  const input = made('input', { id, 'aria-describedby': described, ...attributes })
  const problem = made('p', { id: `${id}-problem`, class: 'problem', role: 'alert' })
  const tell = (/** @type {string} */ text) => {
    problem.textContent = text
    if (text === '') input.removeAttribute('aria-invalid')
    else input.setAttribute('aria-invalid', 'true')
  }
  const element = made(
    'div',
    { class: 'field' },
    made('label', { for: id }, label),
    input,
    ...(help === undefined ? [] : [made('p', { id: `${id}-help` }, help)]),
    problem,
  )
  return { name, label, shape, input, element, tell }
}

/** @param {unknown} error in the page's own words, where it has some */
export function saidOf(error) {
  if (!(error instanceof Refused)) return words.tryAgain
  const own = /** @type {Record<string, (refused: { wait: string }) => string>} */ (words.problems)[error.code]
  return own === undefined ? error.message : own({ wait: lasting(error.waitS * 1000) })
}
