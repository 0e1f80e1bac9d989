/** SQL: the roles of a person's sessions and of his keys that hold, where `person` is the row's alias; a disabled person's too. */
export const heldRoles = (person: string): string =>
  `ARRAY(SELECT unnest(${person}.roles) UNION SELECT role FROM api_key
          WHERE person_id = ${person}.id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))::text[]`
