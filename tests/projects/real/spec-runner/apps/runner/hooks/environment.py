import os

os.environ.setdefault('AGENT_RUNNER_MODE', 'frozen')
