/** All that the page says, in one place. */
export const words = {
  title: 'bongsu: alarms',
  titleWith: (/** @type {number} */ alarms) => `(${alarms}) bongsu: alarms`,

  signIn: 'Sign in',
  signOut: 'Sign out',
  key: 'API key',
  keyHelp: 'A key of any role but carrier. It is kept in this tab only, until you sign out or close the tab.',
  noKey: 'This is no key: keys have no spaces, and letters and digits of ASCII only. Paste it again.',
  unknownKey: 'The key is not known, or it was revoked. Check that all of it was pasted.',
  forbidden: (/** @type {string} */ why) => `This key may not see the console. ${why}`,

  asking: 'Asking the server …',
  counted: (/** @type {number} */ alarms, /** @type {number} */ notices) =>
    [
      alarms === 0 ? 'No alarm' : alarms === 1 ? '1 alarm' : `${alarms} alarms`,
      ...(notices === 0 ? [] : [notices === 1 ? '1 notice' : `${notices} notices`]),
    ].join(', '),
  notAllKnown: (/** @type {string} */ counted) => `Not all is known; ${counted}`,
  alarms: 'Alarms',

  current: (/** @type {string} */ time) => `As of ${time}`,
  old: (/** @type {string} */ time) => `Not current: as it was at ${time}`,
  never: 'Not read yet',
  wasSo: (/** @type {string} */ time) => `This was so at ${time}; it may have changed.`,

  unreachable: (/** @type {string} */ since) => `The server has not answered since ${since}.`,
  unread: (/** @type {string} */ what, /** @type {string} */ since, /** @type {string} */ why) =>
    `${what} cannot be read since ${since}: ${why}`,
  readiness: 'Whether the engine is ready',
  notReady: (/** @type {string} */ since, /** @type {string} */ why) =>
    `The engine is not ready since ${since}: ${why}`,
  noAnswer: 'there is no answer',
  strangeAnswer: (/** @type {number} */ status) =>
    `the answer (HTTP ${status}) is not the engine's; is there a proxy between?`,

  silentFeed: (/** @type {string} */ name, /** @type {string} */ since) =>
    `The feed ${name} is silent: nothing has come since ${since}.`,
  lastEvent: (/** @type {string} */ time) => `Its latest event is of ${time}.`,
  carrierDown: (/** @type {string} */ name) => `The carrier ${name} is down: none of its binds is up.`,
  lastReason: (/** @type {string} */ why) => `The last reason was: ${why}.`,
  carrierNotice: (/** @type {string} */ name, /** @type {string} */ states) => `The carrier ${name}: ${states}.`,
  carriersUnknown: (/** @type {string} */ names) =>
    `Not known here, because this process does not send through them: ${names}. Ask the one that does.`,
  lasts: (/** @type {string} */ time) => `For ${time}.`,

  alerts: 'Alerts in force',
  noAlerts: 'No alert is in force.',
  alert: 'Alert',
  status: 'Status',
  severity: 'Severity',
  areas: 'Areas',
  launched: 'Launched',
  expires: 'Expires',
  allClear: 'all-clear',
  moreAlerts: (/** @type {number} */ n) => `Only the newest ${n} are shown.`,

  feeds: 'Feeds of roaming notifications',
  noFeeds: 'No carrier has a feed yet.',
  feed: 'Feed',
  state: 'State',
  feedStates: {
    new: 'new: nothing has come yet',
    flowing: 'flowing',
    silent: 'silent',
    closed: 'closed: it has no key',
  },
  lastCame: 'Last came',
  latestEvent: 'Latest event',
  patience: 'Silent after',
  perMinute: 'A minute',
  today: 'Today (UTC)',
  todayCounts: (/** @type {string} */ accepted, /** @type {string} */ rejected) =>
    `${accepted} taken, ${rejected} refused`,
  lastFile: 'Last file',
  fileFailed: (/** @type {string} */ name, /** @type {string} */ why) => `${name} could not be read: ${why}`,

  carriers: 'Carriers',
  noCarriers: 'There is no carrier profile: nothing can be sent.',
  carrier: 'Carrier',
  up: 'up',
  down: 'down',
  connecting: 'connecting',
  partlyUp: (/** @type {number} */ up, /** @type {number} */ wanted) => `partly up: ${up} of ${wanted} binds`,
  paused: (/** @type {string} */ since) => `paused since ${since}`,
  elsewhere: 'sent through by another process',
  unknownHere: 'not known here',
  rollHalted: (/** @type {string} */ why) => `new credentials refused (${why})`,
  binds: 'Binds',
  bindsOf: (/** @type {number} */ up, /** @type {number} */ wanted) => `${up} of ${wanted}`,
  rate: 'Rate',
  rateOf: (/** @type {string} */ rate, /** @type {string} */ allowed) => `${rate} of ${allowed} a second`,
  use: 'For',
  live: 'all alerts',
  exerciseOnly: 'Exercise and Test only',
  lastTrouble: 'Last trouble',

  dash: '–',
}
