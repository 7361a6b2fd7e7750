type Optional<Value> = { [Name in keyof Value]: undefined extends Value[Name] ? Name : never }[keyof Value];
type Defined<Value> = string extends keyof Value
  ? { [Name in keyof Value]: Exclude<Value[Name], undefined> }
  : Omit<Value, Optional<Value>> & { [Name in Optional<Value>]?: Exclude<Value[Name], undefined> };

/** The members of an object that are not `undefined`. */
export const defined = <Value extends object>(value: Value): Defined<Value> =>
  // Exactly the members that could be undefined are removed.
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<Value>;
