import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Problem, PROBLEMS, problemUri } from './problem.ts';

export type HttpResponse = APIGatewayProxyStructuredResultV2 & {
  statusCode: number;
  headers: Record<string, string>;
};

export const json = (
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export function problemResponse(problem: Problem, requestId: string): HttpResponse {
  const { status, title } = PROBLEMS[problem.type];
  const body = { type: problemUri(problem.type), title, status, detail: problem.message, requestId };
  return json(
    status,
    { ...body, ...problem.members },
    { 'content-type': 'application/problem+json', ...problem.headers },
  );
}
