"""The verbs of the audit, each as the sentence a person reads; a test holds every verb in use against this list.

A sentence goes on after the name of who did it. ``{target}`` is what it was done to, other words in braces are values
of the event's detail; a part in square brackets is left out when one of its values is missing or empty.
"""

SENTENCES: dict[str, str] = {
    # Signing in and out
    "signed-in": "signed in[ with {with}]",
    "signed-out": "signed out",
    "sign-in-failed": "tried to sign in[ as {target}] and was turned away[: {reason}]",
    "sessions-ended": "ended {sessions} sessions of {target}",
    # Passwords and second factors
    "password-changed": "changed the password of {target}",
    "password-reset": "set a new password for {target} by a reset link",
    "reset-link-made": "made a password-reset link for {target}",
    "second-factor-added": "set up a second factor[: {factor}]",
    "second-factor-removed": "removed a second factor[: {factor}]",
    "second-factor-failed": "gave a wrong second factor for {target}[: {reason}]",
    "second-factor-reset": "removed all second factors of {target}",
    "recovery-codes-made": "made new recovery codes",
    # Tokens of programs
    "token-made": "made a token for a program[ that may {scopes}][, for {days} days]",
    "token-revoked": "ended a token",
    # Accounts
    "first-administrator": "made the first administrator, {target}",
    "invited": "made an invitation link[ for a {role}]",
    "link-withdrawn": "withdrew a link",
    "invitation-accepted": "followed an invitation[ as {role}]",
    "account-activated": "activated the account of {target}",
    "account-deactivated": "deactivated the account of {target}",
    "role-changed": "changed the role of {target}[ from {from}][ to {to}]",
    "erased": "erased {target} for good[; what stays is under the name {remains_as}]",
    # Projects
    "project-created": "made the project {target}",
    "project-changed": "changed the description of {target}",
    "review-settings-changed": "changed how {target} is reviewed[: {changed}]",
    "viewed": "looked at {target} without a role in the project",
    "exported": "took data out[: {what}][, {rows} rows]",
    "export-begun": "asked for an export[ as {format}]",
    "export-taken": "downloaded an export[: {what}]",
    "import-begun": "began an import[ as {format}]",
    "imported": "imported {pictures} pictures with {cells} cells[ as {format}]",
    # Slides and cells
    "uploaded": "added {files} files[ ({mode})]",
    "deleted": "moved {target} to the trash",
    "restored": "took {target} out of the trash",
    "trash-emptied": "emptied the trash of {target}[, {slides} slides]",
    "purged": "removed {target} for good[, with {fields} fields]",
    "labelled": "labelled {target}[: {act}][, {to}]",
    "boxed": "drew the box of {target}[: {act}]",
    "cell-removed": "removed {target} from its field",
    "commented": "commented on {target}",
    # Second readings
    "second-reading-assigned": "asked for a second reading of {target}[, {cells} cells]",
    "second-reading-withdrawn": "withdrew the second reading of {target}",
    "second-reading-done": "finished the second reading of {target}[, {cells} cells, {compared} of them compared]",
    "second-reading-compared": "compared further labels of {target} with its second reading[, {cells} cells]",
    "second-reading-opened": "looked at who said what in the second reading of {target}",
    # Studies
    "study-audit-acknowledged": "took note of the leak audit of {target}: {why}",
    # Blinded studies
    "study-created": "made {target}",
    "study-changed": "changed the design of {target}",
    "study-discarded": "discarded the draft of a study[: {why}]",
    "study-preparing": "asked for {target} to be prepared",
    "study-prepared": "prepared {target}",
    "study-redrafted": "took {target} back to a draft[: {why}]",
    "study-locked": "locked {target}[: {why}]",
    "study-opened": "opened {target} to its readers[: {why}]",
    "study-extended": "gave the readers of {target} more time[: {why}]",
    "study-closed": "closed {target}[: {why}]",
    "study-unblind-asked": "asked for {target} to be unblinded by a second person[: {why}]",
    "study-unblind-withdrawn": "took back that {target} is to be unblinded",
    "study-unblinded": "unblinded {target}[: {why}]",
    "study-model-asked": "let a model ({model}) read the images of {target}",
    "study-invited": "made an invitation to read {target}",
    "study-invitation-withdrawn": "withdrew an invitation to read {target}",
    "study-joined": "followed an invitation to read {target}[ as {pseudonym}]",
    "study-reader-enrolled": "made a person a reader of {target}[: {pseudonym}]",
    "study-reader-withdrawn": "ended the part of a reader of {target}[: {pseudonym}]",
    "study-reader-retold": "told anew of experience and screen for {target}[: {pseudonym}]",
    # Signing
    "sheet-changed": "entered what {target} is signed by[: {wbc} 10^9/L][, smear {quality}]",
    "signed": "signed {target}[, report {report}][, {cells} cells]",
    "amended": "amended {target}[ by report {report}][, {cells} cells]",
    "rules-changed": "changed what {target} asks for before signing",
    "ranges-changed": "changed reference ranges of the laboratory of {target}[: {added} added][, {ended} ended]",
}
