"""What pytest leaves alone here: programs that tests run in processes of their own, since they import what may not be installed."""

from __future__ import annotations

collect_ignore = ["celery_worker.py", "rq_worker.py"]
