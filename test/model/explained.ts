const NO_MARK = 'an active or failed record has none: the claim took the mark off, and every end does';
const OWNER_KEPT =
  'its zombie could take the end for its own, and would send an envelope that is there already, or acknowledge a message that is of no more use';
const BY_LEASE =
  'the lease that it asks about was over when its refused claim was judged, and the lease of any later attempt is not: `lease_expires_at < :now` suffices';

/** Mutants that the model cannot kill, each with the reason why: `transition or module: what is changed`. */
export const EXPLAINED: Readonly<Record<string, string>> = {
  'claim: does not remove due_at':
    'the end of the attempt takes the mark off, too; until then the sweep sends a message too many, which does nothing',
  'claim redriven: does not ask for: status = "failed"':
    'a record leaves `failed` only with a new dispatch or a new run, and those are asked for',
  'claim redriven: does not remove due_at': NO_MARK,
  'claim redriven: does not set scheduled_at':
    'the time before it has passed, and no condition asks for one that has: it would tell a wait that was none, no promise',
  'abort abandoned: does not remove due_at': NO_MARK,
  'fail exhausted: does not remove due_at': NO_MARK,
  'complete: does not remove due_at': NO_MARK,
  'fail: does not remove due_at': NO_MARK,
  'abort own: does not remove due_at': NO_MARK,
  'cancel own: does not remove due_at': NO_MARK,
  'abort abandoned: does not remove owner': OWNER_KEPT,
  'fail exhausted: does not remove owner': OWNER_KEPT,
  'fail undeliverable: does not remove owner': OWNER_KEPT,
  'abort abandoned: does not ask for: run = :run': BY_LEASE,
  'abort abandoned: does not ask for: dispatch <= :dispatch': BY_LEASE,
  'fail exhausted: does not ask for: run = :run': BY_LEASE,
  'fail exhausted: does not ask for: dispatch <= :dispatch': BY_LEASE,
  'abort abandoned: does not ask for: lease_expires_at < :now':
    'it was over when the refused claim was judged, and within one run and dispatch an aborting job takes no other attempt',
  'fail exhausted: does not ask for: lease_expires_at < :now':
    'it was over when the refused claim was judged, and within one run and dispatch a job without attempts left takes no other',
  'fail exhausted: does not ask for: attempt >= attempt_limit':
    'they were used up when the refused claim was judged; attempts are never reset, and the limit moves only with the dispatch',
  'sweep done: does not ask for: run = :run':
    'a mark that is due lies in the past, and that of a later run in the future: they are never equal',
  'retry by sweep: does not ask for: attempt < attempt_limit':
    'a claim that lands twice carries its old clock reading, for which a job sent back for 15 minutes is not due',
  'retry by sweep: counts as a new dispatch': 'the mark brings the job back, not its old message',
  'claim: a record is made before its time':
    'SQS itself holds the first message back until then; clocks that differ by seconds, and messages that others wrote, remain',
  'deliver: an abandoned abort is acknowledged without being written':
    'it is refused only when the job has ended meanwhile, by another delivery or by its attempt',
  'deliver: a raced message is acknowledged':
    'reached only by an invocation that is past its end, whose answer `queueHandler` has given already',
  'judge: a message of another run is judged by the record of this one':
    'every write that this leads to asks for the run itself; the message comes back until the job has ended',
  'judge: a lease that runs is taken for over':
    'every write that this leads to asks for the lease itself; the message comes back at the end of its visibility',
  'settle: a zombie whose abort is refused acknowledges':
    'an aborting job takes no other attempt: the abort is refused only when the job has ended, or is of a later dispatch',
  'amend: what has begun or ended meanwhile is sent, too':
    "a message too many, of the record's own dispatch, which does nothing: a send to be spared, no promise",
  'amend: what is due later than SQS can delay is sent, too':
    'it comes before its time, and is handed back until then: deliveries to be spared, no promise',
  'amend: a change of another dispatch is taken for the own':
    'its time and its input are as they were asked for all the same, and an input is nobody else’s',
};
