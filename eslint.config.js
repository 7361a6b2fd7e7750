import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', '.serverless', 'coverage', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers and booleans read well in a template; objects do not.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // `{ left, ...others }` is the plain way to leave a key out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    },
  },
  {
    files: ['functions/**/*.ts', 'lib/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "ImportDeclaration[source.value='zod'] > :not(ImportNamespaceSpecifier)[type=/Import.*Specifier/]",
          message:
            "Write import * as z from 'zod': the object named z brings every language into the bundle.",
        },
      ],
    },
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      // A test says more plainly what it expects when it may assume what it has just made.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An answer from outside may have any type, whatever is declared of it; odd input is what is tested.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      'no-loss-of-precision': 'off',
      // oauth4webapi marks plain HTTP as deprecated, so that it stands out: these servers are on this machine.
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
);
