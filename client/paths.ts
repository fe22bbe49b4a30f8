/** A job, by its id or by whatever holds it: a handle, a record. */
export type JobRef = string | { readonly job_id: string };

export const idOf = (job: JobRef): string => (typeof job === 'string' ? job : job.job_id);

export const jobPath = (job: JobRef): string => `/jobs/${encoded(idOf(job))}`;

/** Percent-encoded as SigV4 has it: what stands in the URL is what is signed. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
