/** Checks a request's input against its schema. */
import * as z from 'zod';
import { describeIssues, type Issue, issuesOf } from '../admin/verb.ts';
import { Problem } from '../http/problem.ts';

/** Names each wrong part, so that a form can show it beside its field. */
export const invalid = (detail: string, errors: readonly Issue[]): Problem =>
  new Problem('invalid-request', detail, errors.length === 0 ? {} : { members: { errors } });

/** No member and no parameter is known. */
export const NOTHING = z.strictObject({});

/** @throws Problem naming each member or parameter that is not understood */
export function readInput<Schema extends z.ZodType>(schema: Schema, given: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(given ?? {});
  if (!parsed.success) throw invalid(describeIssues(parsed.error), issuesOf(parsed.error));
  return parsed.data;
}
