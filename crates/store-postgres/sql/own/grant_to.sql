SELECT set_config('docket.role', $1::text, true)
