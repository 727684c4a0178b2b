import { useState } from "react";

import { describeError } from "@/api/error";
import { useSession } from "@/api/session";
import { Button } from "@/design/Button";
import { Choice } from "@/design/Choice";
import { Dialog } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { Secret } from "@/design/Secret";

import { useAddMember, type AddedMember } from "./queries";
import { rolesToGive, type Role } from "./role";

/** Adds a person and shows their first password, this once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [added, setAdded] = useState<AddedMember | null>(null);
  return added ? <Added added={added} onClose={onClose} /> : <Form onAdded={setAdded} onClose={onClose} />;
}

function Form({ onAdded, onClose }: { onAdded: (added: AddedMember) => void; onClose: () => void }) {
  const { role: mine } = useSession();
  const add = useAddMember();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const [isTried, setTried] = useState(false);
  const emailFault = /^[^@\s]+@[^@\s]+$/.test(email.trim()) ? null : "An address such as ada@example.com.";
  const nameFault = name.trim() === "" ? "As it should stand beside what they do." : null;
  const submit = () => {
    setTried(true);
    if (emailFault !== null || nameFault !== null || add.isPending) return;
    add.mutate({ email: email.trim(), name: name.trim(), role }, { onSuccess: onAdded });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Invite member"
      description="They get a first password from you. No mail is sent."
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={add.isPending}>
            Add member
          </Button>
        </>
      }
    >
      <Field label="Email" error={isTried ? emailFault : null}>
        {(control) => <Input {...control} type="email" autoFocus autoComplete="off" placeholder="ada@example.com" value={email} onChange={(event) => setEmail(event.target.value)} />}
      </Field>
      <Field label="Name" error={isTried ? nameFault : null}>
        {(control) => <Input {...control} autoComplete="off" placeholder="Ada Keeler" value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Choice label="Role" value={role} onChange={setRole} options={rolesToGive(mine).map((each) => ({ value: each.id, title: each.title, detail: each.detail }))} />
      {add.error ? <Notice tone="bad">{describeError(add.error)}</Notice> : null}
    </Dialog>
  );
}

function Added({ added, onClose }: { added: AddedMember; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`${added.member.name} can sign in`}
      description={`With ${added.member.email} and this password. They should change it under Account.`}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <Secret label="First password" text={added.initial_password} />
      <Notice tone="warn">Copy it now and hand it over in private. It cannot be shown again.</Notice>
    </Dialog>
  );
}
