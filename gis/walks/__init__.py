"""How far it is on foot.

network         nodes and edges out of lines, and what was done to get them
entering        where targets are entered from the network
walking         the nearest target of each place
balls           all that lies within a walk of each source
"""
