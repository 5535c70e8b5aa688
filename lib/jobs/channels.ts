/** Payload: id of a job whose row or events changed. */
export const jobChannel = 'drawbridge_job'
/** Payload: id of a job that shall stop. */
export const cancelChannel = 'drawbridge_job_cancel'
