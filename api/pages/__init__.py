"""The pages that people look at, one module for each subject.

Routes parse what was asked, ask the service, and fill a template; they hold no `try`: what is
refused is raised, and one place says it to the reader.
"""
