"""The peer of P15: FastAPI under uvicorn, imported and serving, without a route. ``empty.py PORT``"""

import sys

import uvicorn
from fastapi import FastAPI

if __name__ == "__main__":
    uvicorn.run(FastAPI(), host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
