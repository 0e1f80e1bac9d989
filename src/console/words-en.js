/** All that the page says, in English. What it says in another language has the same keys and takes the same. */
export const en = {
  title: 'bongsu: alarms',
  titleWith: (/** @type {number} */ alarms) => `(${alarms}) bongsu: alarms`,

  signIn: 'Sign in',
  signOut: 'Sign out',
  name: 'Name',
  password: 'Password',
  code: 'Code of the authenticator, or a recovery code',
  codeHelp: 'Leave it empty the very first time you sign in.',
  codeShape: 'Six digits, or a recovery code: four groups of four letters and digits.',
  missing: (/** @type {string} */ what) => `Something is missing here: ${what}.`,
  notByPlainHttp:
    'No password is taken over an unprotected connection. Open this page by https, or on the machine of the server itself.',

  keyTitle: 'With a key',
  keySubmit: 'Use the key',
  key: 'API key',
  keyHelp:
    'For machines, and for people where signing in fails. A key of any role but carrier. It is kept in this tab only, until you sign out or close the tab.',
  noKey: 'This is no key: keys have no spaces, and letters and digits of ASCII only. Paste it again.',
  unknownKey: 'The key is not known, or it was revoked. Check that all of it was pasted.',
  forbidden: (/** @type {string} */ why) => `You may not see the console. ${why}`,

  signedIn: (/** @type {string} */ name, /** @type {string} */ roles, /** @type {string} */ until) =>
    `${name} (${roles}), until ${until}`,
  byKey: 'By a key',
  session: 'Your session',
  endsSoon: (/** @type {string} */ at) => `You are signed out at ${at}. Sign out and in again before that.`,
  endsUnused: (/** @type {string} */ at) =>
    `Nobody has touched this page for some time: you are signed out at ${at}. Press a key or click anywhere to stay.`,
  sessionEnded:
    'You are signed out: the session has ended. It ends after 12 hours, after 30 minutes without use, and when somebody ends it. Sign in again.',
  cookieLost: 'You are signed out: the browser did not keep the session. Does it forbid cookies?',
  notSignedOut: (/** @type {string} */ why) => `You are still signed in: ${why}. Sign out again.`,

  newPasswordTitle: 'A password of your own',
  newPasswordWhy: 'Somebody else knows the one that you were given. 12 characters at least; several words are best.',
  currentPassword: 'Password that you were given',
  newPassword: 'New password',
  repeatPassword: 'New password again',
  repeatDiffers: 'The two are not the same.',
  savePassword: 'Save the password',

  factorTitle: 'A second factor',
  factorWhy: 'From now on you sign in with a code of an authenticator as well. Add bongsu to yours by this secret:',
  factorLink: 'Add it to an authenticator on this device',
  factorCode: 'Code that it shows now',
  factorCodeShape: 'Six digits.',
  confirmFactor: 'Confirm',

  codesTitle: 'Ten recovery codes',
  codesWhy:
    'Should you lose the authenticator, each of these is taken once in place of a code. They are shown only now: write them down or print them, and keep them away from this machine.',
  codesKept: 'I have kept them',

  /** What the API refuses a person, by its code. @type {Record<string, (refused: { wait: string }) => string>} */
  problems: {
    'sign-in-failed': () =>
      'Name, password or code are not right. Whoever has set up an authenticator needs a new code of it each time.',
    'sign-in-locked': ({ wait }) => `Too many attempts failed. Try again in ${wait}; a key works meanwhile.`,
    'too-many-requests': ({ wait }) => `Too much was asked. Try again in ${wait}.`,
    busy: () => 'Too many people sign in at this moment. Try again in some seconds.',
    'wrong-password': () => 'This is not the password that you have now.',
    'wrong-code': () =>
      'This is not the code of this moment. Codes change every 30 seconds; the clock of the telephone has to be right.',
    'secret-key-missing': () =>
      'This server has no key to keep secrets with, so nobody can sign in: BONGSU_SECRET_KEY has to be set. Keys work meanwhile.',
    'foreign-origin': () =>
      'The server takes this page for that of another. A proxy has to pass the header Host on as it came.',
  },

  statuses: { Actual: 'Actual', Exercise: 'Exercise', Test: 'Test' },
  msgTypes: { Alert: 'Alert', Update: 'Update', Cancel: 'Cancel' },
  severities: { Extreme: 'Extreme', Severe: 'Severe', Moderate: 'Moderate', Minor: 'Minor', Unknown: 'Unknown' },
  marks: { Exercise: 'EXERCISE', Test: 'TEST', rehearsal: 'REHEARSAL' },
  marked: (/** @type {string} */ mark, /** @type {string} */ said) => `${mark}: ${said}`,

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
  closedToYou: (/** @type {string} */ why) => `Not shown to you. ${why}`,
  wasSo: (/** @type {string} */ time) => `This was so at ${time}; it may have changed.`,

  unreachable: (/** @type {string} */ since) => `The server has not answered since ${since}.`,
  unread: (/** @type {string} */ what, /** @type {string} */ since, /** @type {string} */ why) =>
    `${what} cannot be read since ${since}: ${why}`,
  readiness: 'Whether the engine is ready',
  notReady: (/** @type {string} */ since, /** @type {string} */ why) =>
    `The engine is not ready since ${since}: ${why}`,
  noAnswer: 'there is no answer',
  tryAgain: 'The server does not answer. Try again.',
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
  approved: 'Approved alerts, not launched',
  noApproved: 'No approved alert waits for its launch.',
  submitted: 'Alerts that wait for approval',
  noSubmitted: 'No alert waits for approval.',
  named: (/** @type {string} */ event, /** @type {string} */ identifier) => `${event} (${identifier})`,
  approval: 'Approved by',
  glass: (/** @type {string} */ name, /** @type {string} */ why) => `${name}, GLASS BROKEN: ${why}`,
  glassNotice: (/** @type {string} */ alert, /** @type {string} */ name, /** @type {string} */ why) =>
    `The glass is broken: ${name} approved the alert ${alert} by breaking it. Why: ${why}`,
  somebody: 'somebody',
  reviewLater: (/** @type {string} */ at) => `review by ${at}`,
  reviewDue: (/** @type {string} */ at) => `review is due by ${at}`,
  reviewPaused: (/** @type {string} */ since) => `PAUSED for its review since ${since}`,
  reviewNotice: (/** @type {string} */ alert, /** @type {string} */ at) =>
    `The alert ${alert} is to be reviewed by ${at}. After that nobody who enters is told.`,
  reviewAlarm: (/** @type {string} */ alert, /** @type {string} */ since) =>
    `The alert ${alert} is paused since ${since}: nobody who enters is told until an approver has reviewed it.`,
  scheduled: (/** @type {string} */ at, /** @type {string} */ by) => `is launched at ${at} (${by})`,
  launchFailing: (/** @type {string} */ since) => `launch FAILING since ${since}, and tried again`,
  launchFailingAlarm: (/** @type {string} */ alert, /** @type {string} */ since, /** @type {string} */ why) =>
    `The alert ${alert} is not launched, though its time has come: that fails since ${since}, and is tried again. ${why}.`,
  launchRefused: (/** @type {string} */ at) => `launch REFUSED at ${at}`,
  launchRefusedAlarm: (/** @type {string} */ alert, /** @type {string} */ at, /** @type {string} */ why) =>
    `The alert ${alert} was not launched: it was to be at ${at}, and was refused. ${why}.`,
  /** By the code of the refusal, where the server's own words would not do. @type {Readonly<Record<string, string>>} */
  launchReasons: {
    'person-disabled': 'Whoever asked for the launch has been disabled since: somebody else has to launch it',
    forbidden: 'Whoever asked for the launch has lost the role that it takes: somebody else has to launch it',
    'launch-failing': 'The log of the server says why',
  },
  notScheduled: 'waits for its launch',
  notApproved: 'waits for an approver',
  undecided: (/** @type {string} */ others) => `overlap undecided: ${others}`,
  overlapNotice: (/** @type {string} */ one, /** @type {string} */ other, /** @type {string} */ sender) =>
    `Two issuers would tell the same people: ${one}, and ${other} of ${sender}. Nobody has decided which of them go out.`,
  overlapHolds: (/** @type {string} */ alert) => `It holds up the launch of ${alert}.`,
  waitFor: (/** @type {string} */ n, /** @type {string} */ carrier) => `${n} messages wait for ${carrier}`,
  unreachableAlarm: (/** @type {string} */ alert, /** @type {string} */ carrier) =>
    `People whom the alert ${alert} is for cannot be reached: their carrier ${carrier} cannot send, and no other can take over.`,
  unreachableNow: (/** @type {string} */ n) => `${n} messages wait.`,
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
  /** Of times that something lasts. */
  units: { d: 'd', h: 'h', min: 'min', s: 's' },
  otherLanguage: '한국어',
}
