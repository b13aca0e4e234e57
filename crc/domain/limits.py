"""How often one may write to the desk, whatever the door: page or API count together."""

HOUR = 3600
FORMS_PER_HOUR = 60  # an address is often a whole school
REQUESTS_PER_HOUR = 8  # to one mail address: nobody can be flooded with acknowledgements
REPLIES_PER_HOUR = 20
