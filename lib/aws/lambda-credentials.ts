/**
 * In the bundles this replaces `@aws-sdk/credential-provider-node` (build.ts). Lambda gives a function the credentials
 * of its role in its environment and nowhere else; the SDK's code for other sources (files, sign-ins, services) would
 * be 25 kB in each zip.
 */
interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export const defaultProvider = () => (): Promise<Credentials> => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
    return Promise.reject(
      new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: is this no Lambda function?'),
    );
  }
  return Promise.resolve({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  });
};
