"""Double-random inspections: plan, commitment, draw, teams, and a proof that anybody can check."""
