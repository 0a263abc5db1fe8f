INSERT INTO playback.playbacks (playback_id, user_id, session_id, film_id, device, started_at, seen_at, expires_at, ended_at, ending) VALUES
('#1206', '#29', '#1202', '#16', 'unknown device', '2026-03-20 12:00:05Z', '2026-03-20 12:00:05Z', '2026-03-20 12:02:05Z', NULL, NULL);
