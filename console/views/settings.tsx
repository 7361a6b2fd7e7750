/** The agency's settings, with the labels of SourceWhale's own Firefish page. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { RefusedError } from '../api.ts';
import { useConsole } from '../context.ts';
import { ASKABLE_FIELDS, UPDATED_FIELDS } from '../fields.ts';
import {
  CheckField,
  ChecksField,
  Form,
  RadiosField,
  required,
  SelectField,
  TextField,
} from '../parts/form.tsx';
import { Show, useLoad } from '../parts/load.tsx';
import { clockTime } from '../parts/time.tsx';
import type { Settings, SettingsAnswer } from '../shapes.ts';
import { AS_ABOVE, settingsIn } from './settings-values.ts';

const ADD_WHEN = [
  { value: 'always', label: 'Always' },
  { value: 'added', label: 'When added to a campaign' },
  { value: 'messaged', label: 'When they are sent a message' },
  { value: 'opened', label: 'When they open a message' },
  { value: 'clicked', label: 'When they click a link' },
  { value: 'replied', label: 'When they reply' },
  { value: 'interested', label: 'When they are interested' },
  { value: 'meeting_booked', label: 'When they book a meeting' },
  { value: 'never', label: 'Never' },
];
const NAME_CONFLICT = [
  { value: 'hold', label: 'Wait for a decision' },
  { value: 'update', label: 'Update the record' },
  { value: 'create', label: 'Add another record' },
];
const DOCUMENTS = [
  { value: 'ifNone', label: 'Always, but a CV only if the candidate has none' },
  { value: 'always', label: 'Always' },
  { value: 'never', label: 'Never' },
];
const POLICIES = [
  { value: 'always', label: 'Always update' },
  { value: 'ifBlank', label: 'Only update if blank' },
  { value: 'never', label: 'Never update' },
];
const LEGAL_BASES = [
  { value: 'legitimate-interest', label: 'Legitimate interest' },
  { value: 'consent-provided', label: 'Consent provided' },
  { value: 'consent-request', label: 'Consent requested' },
  { value: 'not-applicable-at-this-stage', label: 'Not applicable at this stage' },
];
const CHANNELS = [
  { value: 'email', label: 'E-mail' },
  { value: 'linkedin', label: 'LinkedIn' },
  { value: 'inmail', label: 'InMail' },
  { value: 'call', label: 'Call' },
  { value: 'sms', label: 'SMS' },
  { value: 'whatsapp', label: 'WhatsApp' },
  { value: 'meeting', label: 'Meeting' },
  { value: 'task', label: 'Task' },
  { value: 'other', label: 'Other' },
];
const STEPS = [
  { value: 'added', label: 'Added to a campaign' },
  { value: 'messaged', label: 'Messaged' },
  { value: 'opened', label: 'Opened a message' },
  { value: 'clicked', label: 'Clicked a link' },
  { value: 'replied', label: 'Replied' },
  { value: 'interested', label: 'Interested' },
  { value: 'meeting_booked', label: 'Booked a meeting' },
  { value: 'not_interested', label: 'Not interested' },
  { value: 'bounced', label: 'Bounced' },
  { value: 'finished', label: 'Finished' },
];

export function SettingsView({ domain }: { domain: string }): JSX.Element {
  const path = `/tenants/${encodeURIComponent(domain)}/settings`;
  const loaded = useLoad<SettingsAnswer>(path);
  return (
    <>
      <h2>Settings</h2>
      <Show loaded={loaded} what="the settings">
        {(answer) => <SettingsForm path={path} answer={answer} />}
      </Show>
    </>
  );
}

function SettingsForm({ path, answer }: { path: string; answer: SettingsAnswer }): JSX.Element {
  const { call, announce } = useConsole();
  const [kept, setKept] = useState(answer.settings);
  /** The initial values of the fields; a new number resets them. */
  const [shown, setShown] = useState({ settings: answer.settings, number: 0 });
  /** The version of the settings that the person has seen; after a conflict, the version that it showed. */
  const [version, setVersion] = useState(answer.version);
  const [savedAt, setSavedAt] = useState<string>();
  return (
    <Form
      label="Save settings"
      busyLabel="Saving…"
      beside={
        <>
          <button
            type="button"
            onClick={() => {
              setShown(({ number }) => ({ settings: answer.defaults, number: number + 1 }));
              announce('The defaults are filled in. Save to use them.');
            }}
          >
            Fill in the defaults
          </button>
          {savedAt === undefined ? null : <span class="saved">✓ Saved {clockTime(savedAt)}</span>}
        </>
      }
      onSend={async (data) => {
        required(data, { defaultSource: 'Default source' });
        const saved = await call<SettingsAnswer>(`${path}?version=${version}`, {
          method: 'PUT',
          body: settingsIn(data, kept),
        }).catch((error: unknown) => {
          if (error instanceof RefusedError && error.version !== undefined) setVersion(error.version);
          throw error;
        });
        setKept(saved.settings);
        setVersion(saved.version);
        setSavedAt(new Date().toISOString());
        announce('Settings saved. They hold for what comes in from now on.');
      }}
    >
      <Fields key={shown.number} settings={shown.settings} />
    </Form>
  );
}

const Fields = ({ settings }: { settings: Settings }): JSX.Element => (
  <>
    <section class="card" aria-labelledby="adding">
      <h3 id="adding">Adding people</h3>
      <div class="pair">
        <SelectField
          name="addWhen.candidate"
          label="Add candidate to Firefish"
          choices={ADD_WHEN}
          value={settings.addWhen.candidate}
        />
        <SelectField
          name="addWhen.contact"
          label="Add contact to Firefish"
          choices={ADD_WHEN}
          value={settings.addWhen.contact}
        />
      </div>
      <p class="hint">A manual push from Actions always adds the person.</p>
      <CheckField
        name="doNotMerge"
        label="Do not merge with existing contacts"
        hint="Skips matching by e-mail address and always makes a new record: duplicates will follow."
        checked={!settings.mergeWithExisting}
      />
      <SelectField
        name="nameConflict"
        label="Same e-mail address, another name"
        hint="What to do if a record in Firefish has the person’s e-mail address, and the names contradict. Waiting people are under “Decisions”."
        choices={NAME_CONFLICT}
        value={settings.nameConflict}
      />
      <CheckField
        name="contactsNeedCompany"
        label="Contacts need a company"
        hint="On: a contact without a company is not added. Off: it is added without one."
        checked={settings.contactsNeedCompany}
      />
      <CheckField
        name="createCompanies"
        label="Create companies"
        hint="Off: a contact whose company is not in Firefish can’t be added."
        checked={settings.createCompanies}
      />
      <div class="pair">
        <SelectField
          name="defaultLegalBasis"
          label="Default legal basis"
          hint="Of new records."
          choices={LEGAL_BASES}
          value={settings.defaultLegalBasis}
        />
        <TextField
          name="defaultSource"
          label="Default source"
          hint="Of new candidates."
          value={settings.defaultSource}
        />
      </div>
      <TextField
        name="defaultOwnerEmail"
        label="Default owner (optional)"
        type="email"
        hint="The e-mail address of a Firefish user, for new records if SourceWhale does not say who acted."
        value={settings.defaultOwnerEmail ?? ''}
      />
    </section>

    <section class="card" aria-labelledby="updating">
      <h3 id="updating">Updating fields</h3>
      <RadiosField
        name="updatePolicy.default"
        label="Update field"
        choices={POLICIES}
        value={settings.updatePolicy.default}
      />
      <details>
        <summary>Choose for single fields</summary>
        <div class="grid">
          {UPDATED_FIELDS.map(({ name, label }) => (
            <SelectField
              key={name}
              name={`updatePolicy.fields.${name}`}
              label={label}
              choices={[{ value: AS_ABOVE, label: 'As above' }, ...POLICIES]}
              value={settings.updatePolicy.fields[name] ?? AS_ABOVE}
            />
          ))}
        </div>
      </details>
      <details>
        <summary>Mandatory fields of new records</summary>
        <div class="pair">
          <ChecksField
            name="mandatoryFields.candidate"
            label="Candidates"
            hint="Name, e-mail address, source and legal basis always are."
            choices={ASKABLE_FIELDS.candidate.map(({ name, label }) => ({ value: name, label }))}
            values={settings.mandatoryFields.candidate}
          />
          <ChecksField
            name="mandatoryFields.contact"
            label="Contacts"
            hint="The name always is, and the company if contacts need one."
            choices={ASKABLE_FIELDS.contact.map(({ name, label }) => ({ value: name, label }))}
            values={settings.mandatoryFields.contact}
          />
        </div>
      </details>
    </section>

    <section class="card" aria-labelledby="notes">
      <h3 id="notes">Notes</h3>
      <ChecksField
        name="noteChannels"
        label="Create notes upon"
        choices={CHANNELS}
        values={settings.noteChannels}
      />
      <ChecksField
        name="campaignNotes"
        label="Campaign notes"
        hint="A note that names the campaign, at these steps."
        choices={STEPS}
        values={settings.campaignNotes}
      />
      <CheckField
        name="onlyNotesForSynced"
        label="Only add notes to synced records"
        hint="Someone who was in Firefish before gets notes only once they have reached the step chosen under “Adding people”."
        checked={settings.onlyNotesForSynced}
      />
    </section>

    <section class="card" aria-labelledby="documents">
      <h3 id="documents">Documents</h3>
      <SelectField
        name="documents"
        label="Add documents to Firefish"
        hint="To candidates. Contacts have no documents in Firefish."
        choices={DOCUMENTS}
        value={settings.documents}
      />
    </section>

    <section class="card" aria-labelledby="marketing">
      <h3 id="marketing">Unsubscribe</h3>
      <CheckField
        name="newRecordsOptedOut"
        label="New records are opted out of marketing"
        hint="Until SourceWhale says that the person has opted in."
        checked={settings.newRecordsOptedOut}
      />
      <CheckField
        name="optOutAsNote"
        label="Leave a note for an opt-out as well"
        hint="Besides the marketing fields, which always follow."
        checked={settings.optOutAsNote}
      />
    </section>
  </>
);
