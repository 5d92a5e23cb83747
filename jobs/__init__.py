"""Takes the assets; gives the jobs that run as one unit."""

from karat.jobs.flow import flow_of
from karat.jobs.in_process import run_in_process
from karat.jobs.schedules import schedules_of
from karat.jobs.units import jobs_of

__all__ = ["flow_of", "jobs_of", "run_in_process", "schedules_of"]
