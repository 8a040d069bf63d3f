"""What a broker's message starts: the same function as everywhere else."""

from celery import shared_task
from celery.exceptions import Reject

from apps.jobs import processes, wake
from apps.jobs.celery_worker import end_pool_process, giving_back, shutdown_asked
from apps.jobs.execution import execute
from apps.jobs.patience import AWAY


@shared_task(name=wake.TASK, ignore_result=True)
def run_job(job_id: int, attempt: int) -> None:
    """Run the job a message names, if it still waits as the message says.

    While the database is away the message is kept: it is all that the worker knows of the job.
    """
    with giving_back():
        try:
            execute(
                job_id,
                attempt,
                worker=processes.pool_name(),
                shutdown=shutdown_asked,
                on_stuck=end_pool_process,
            )
        except AWAY as error:
            raise Reject(error, requeue=True) from error
