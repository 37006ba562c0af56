"""The service as a program that runs for months: what it writes down, counts, allows and survives.

logs        what is written to standard error, and what never is
watch       each request named, measured, bounded in size, and answered whatever happens
protocol    HTTP/1.1: what is taken for a request, and how its answer goes out
patience    clients that are too slow
tls         certificate and key
worker      one process that serves
crew        several of them on one address
"""
