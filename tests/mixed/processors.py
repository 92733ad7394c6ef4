# SPDX-License-Identifier: BSL-1.0
"""The same for many, on all processors."""
import os
from concurrent.futures import ThreadPoolExecutor


def on_each_processor(body, items):
    """body(item) for each, as many at a time as there are processors."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(body, items))


def all_of(*bodies):
    """The results of calling each, as many at a time as there are processors."""
    return on_each_processor(lambda body: body(), bodies)
