/** The consular call centre of the ministry, reachable from everywhere, day and night. */
export const callCentre = '+82-2-3210-0404'
