-- The meta store after all migrations, on SQLite. Made from them; a test proves that it is current.
-- Make it anew: python -m trimtab.storage.migrate > src/trimtab/storage/schema.sql

CREATE TABLE aliases (
	project_id VARCHAR(40) NOT NULL,
	alias VARCHAR(100) NOT NULL,
	target VARCHAR(300) NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_aliases PRIMARY KEY (project_id, alias),
	CONSTRAINT fk_aliases_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE TABLE api_keys (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	name VARCHAR(100) NOT NULL,
	label VARCHAR(16) NOT NULL,
	digest VARCHAR(64) NOT NULL,
	scopes JSON NOT NULL,
	environment VARCHAR(40) NOT NULL,
	created_at DATETIME NOT NULL,
	created_by VARCHAR(100) NOT NULL,
	expires_at DATETIME,
	last_used_at DATETIME,
	revoked_at DATETIME, routes_projects BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT pk_api_keys PRIMARY KEY (id),
	CONSTRAINT fk_api_keys_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT uq_api_keys_digest UNIQUE (digest)
);

CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);

CREATE TABLE audit_entries (
	id VARCHAR(40) NOT NULL,
	organisation_id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40),
	at DATETIME NOT NULL,
	actor_kind VARCHAR(20) NOT NULL,
	actor_id VARCHAR(40) NOT NULL,
	actor_name VARCHAR(254) NOT NULL,
	action VARCHAR(80) NOT NULL,
	subject VARCHAR(200) NOT NULL,
	summary TEXT NOT NULL,
	detail JSON NOT NULL,
	CONSTRAINT pk_audit_entries PRIMARY KEY (id)
);

CREATE INDEX ix_audit_entries_organisation_id_id ON audit_entries (organisation_id, id);

CREATE INDEX ix_audit_entries_project_id_id ON audit_entries (project_id, id);

CREATE TABLE dashboards (
	project_id VARCHAR(40) NOT NULL,
	name VARCHAR(40) NOT NULL,
	content JSON NOT NULL,
	revision INTEGER NOT NULL,
	updated_by VARCHAR(200) NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_dashboards PRIMARY KEY (project_id, name),
	CONSTRAINT fk_dashboards_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE TABLE environments (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	name VARCHAR(40) NOT NULL,
	position INTEGER NOT NULL,
	CONSTRAINT pk_environments PRIMARY KEY (id),
	CONSTRAINT fk_environments_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT uq_environments_project_id_name UNIQUE (project_id, name)
);

CREATE TABLE ingest_policies (
	project_id VARCHAR(40) NOT NULL,
	unrelated VARCHAR(10) NOT NULL,
	aside_percent INTEGER NOT NULL,
	deduplicates BOOLEAN NOT NULL,
	rules JSON NOT NULL,
	updated_by VARCHAR(200) NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_ingest_policies PRIMARY KEY (project_id),
	CONSTRAINT fk_ingest_policies_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE TABLE list_price_books (
	id VARCHAR(40) NOT NULL,
	version VARCHAR(100) NOT NULL,
	is_packaged BOOLEAN NOT NULL,
	content BLOB NOT NULL,
	kept_at DATETIME NOT NULL,
	CONSTRAINT pk_list_price_books PRIMARY KEY (id)
);

CREATE TABLE list_price_choices (
	project_id VARCHAR(40) NOT NULL,
	book_id VARCHAR(40) NOT NULL,
	accepted_at DATETIME NOT NULL,
	accepted_by VARCHAR(200) NOT NULL,
	CONSTRAINT pk_list_price_choices PRIMARY KEY (project_id),
	CONSTRAINT fk_list_price_choices_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT fk_list_price_choices_book_id FOREIGN KEY(book_id) REFERENCES list_price_books (id)
);

CREATE TABLE live_releases (
	prompt_id VARCHAR(40) NOT NULL,
	environment VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	release_id VARCHAR(40) NOT NULL,
	CONSTRAINT pk_live_releases PRIMARY KEY (prompt_id, environment),
	CONSTRAINT fk_live_releases_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT fk_live_releases_prompt_id FOREIGN KEY(prompt_id) REFERENCES prompts (id),
	CONSTRAINT fk_live_releases_release_id FOREIGN KEY(release_id) REFERENCES releases (id)
);

CREATE INDEX ix_live_releases_project_id ON live_releases (project_id);

CREATE TABLE login_attempts (
	subject VARCHAR(64) NOT NULL,
	count INTEGER NOT NULL,
	last_at DATETIME NOT NULL,
	CONSTRAINT pk_login_attempts PRIMARY KEY (subject)
);

CREATE INDEX ix_login_attempts_last_at ON login_attempts (last_at);

CREATE TABLE master_keys (
	fingerprint VARCHAR(16) NOT NULL,
	created_at DATETIME NOT NULL,
	CONSTRAINT pk_master_keys PRIMARY KEY (fingerprint)
);

CREATE TABLE media (
	project_id VARCHAR(40) NOT NULL,
	id VARCHAR(64) NOT NULL,
	content_type VARCHAR(200) NOT NULL,
	bytes BIGINT NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	created_at DATETIME NOT NULL,
	stored_at DATETIME,
	CONSTRAINT pk_media PRIMARY KEY (project_id, id),
	CONSTRAINT fk_media_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE TABLE media_uses (
	project_id VARCHAR(40) NOT NULL,
	media_id VARCHAR(64) NOT NULL,
	trace_id VARCHAR(64) NOT NULL,
	span_id VARCHAR(64) NOT NULL,
	field VARCHAR(100) NOT NULL,
	CONSTRAINT pk_media_uses PRIMARY KEY (project_id, media_id, trace_id, span_id, field),
	CONSTRAINT fk_media_uses_media FOREIGN KEY(project_id, media_id) REFERENCES media (project_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_media_uses_project_id_trace_id ON media_uses (project_id, trace_id);

CREATE TABLE members (
	id VARCHAR(40) NOT NULL,
	organisation_id VARCHAR(40) NOT NULL,
	email VARCHAR(254) NOT NULL,
	name VARCHAR(100) NOT NULL,
	role VARCHAR(20) NOT NULL,
	password_hash VARCHAR(200) NOT NULL,
	created_at DATETIME NOT NULL,
	last_seen_at DATETIME,
	CONSTRAINT pk_members PRIMARY KEY (id),
	CONSTRAINT fk_members_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id) ON DELETE CASCADE,
	CONSTRAINT uq_members_email UNIQUE (email)
);

CREATE INDEX ix_members_organisation_id ON members (organisation_id);

CREATE TABLE organisations (
	id VARCHAR(40) NOT NULL,
	name VARCHAR(100) NOT NULL,
	created_at DATETIME NOT NULL,
	CONSTRAINT pk_organisations PRIMARY KEY (id)
);

CREATE TABLE own_prices (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	provider_kind VARCHAR(60) NOT NULL,
	provider VARCHAR(60) NOT NULL,
	model VARCHAR(200) NOT NULL,
	service_tier VARCHAR(60) NOT NULL,
	terms JSON NOT NULL,
	valid_from DATETIME NOT NULL,
	valid_to DATETIME,
	note TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	created_by VARCHAR(200) NOT NULL,
	CONSTRAINT pk_own_prices PRIMARY KEY (id),
	CONSTRAINT fk_own_prices_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE INDEX ix_own_prices_project_id_id ON own_prices (project_id, id);

CREATE TABLE privacy_deletions (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	kind VARCHAR(20) NOT NULL,
	subject_hash VARCHAR(64) NOT NULL,
	sealed_subject BLOB,
	state VARCHAR(20) NOT NULL,
	requested_by VARCHAR(200) NOT NULL,
	requested_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	completed_at DATETIME,
	trace_ids JSON NOT NULL,
	counts JSON NOT NULL,
	waiting_for TEXT NOT NULL,
	rows_gone_at VARCHAR(40) NOT NULL,
	proof TEXT,
	CONSTRAINT pk_privacy_deletions PRIMARY KEY (id),
	CONSTRAINT fk_privacy_deletions_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE INDEX ix_privacy_deletions_project_id_id ON privacy_deletions (project_id, id);

CREATE TABLE privacy_policies (
	project_id VARCHAR(40) NOT NULL,
	redaction JSON NOT NULL,
	content JSON NOT NULL,
	retention JSON NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_privacy_policies PRIMARY KEY (project_id),
	CONSTRAINT fk_privacy_policies_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE TABLE privacy_retention_runs (
	project_id VARCHAR(40) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	ran_at DATETIME NOT NULL,
	before_day VARCHAR(10) NOT NULL,
	removed BIGINT NOT NULL,
	removed_in_all BIGINT NOT NULL,
	error TEXT NOT NULL,
	CONSTRAINT pk_privacy_retention_runs PRIMARY KEY (project_id, kind),
	CONSTRAINT fk_privacy_retention_runs_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE TABLE privacy_tombstones (
	deletion_id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	hashes BLOB NOT NULL,
	"before" DATETIME NOT NULL,
	expires_at DATETIME NOT NULL,
	CONSTRAINT pk_privacy_tombstones PRIMARY KEY (deletion_id),
	CONSTRAINT fk_privacy_tombstones_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE TABLE projects (
	id VARCHAR(40) NOT NULL,
	organisation_id VARCHAR(40) NOT NULL,
	slug VARCHAR(40) NOT NULL,
	name VARCHAR(100) NOT NULL,
	created_at DATETIME NOT NULL,
	CONSTRAINT pk_projects PRIMARY KEY (id),
	CONSTRAINT fk_projects_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id) ON DELETE CASCADE,
	CONSTRAINT uq_projects_organisation_id_slug UNIQUE (organisation_id, slug)
);

CREATE TRIGGER prompt_versions_are_immutable BEFORE UPDATE ON prompt_versions
BEGIN SELECT RAISE(ABORT, 'a version of a prompt is never altered'); END;

CREATE TABLE prompt_versions (
	prompt_id VARCHAR(40) NOT NULL,
	number INTEGER NOT NULL,
	kind VARCHAR(10) NOT NULL,
	messages JSON NOT NULL,
	variables JSON NOT NULL,
	content_hash VARCHAR(64) NOT NULL,
	author_kind VARCHAR(20) NOT NULL,
	author_id VARCHAR(40) NOT NULL,
	author_name VARCHAR(254) NOT NULL,
	message TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	CONSTRAINT pk_prompt_versions PRIMARY KEY (prompt_id, number),
	CONSTRAINT fk_prompt_versions_prompt_id FOREIGN KEY(prompt_id) REFERENCES prompts (id) ON DELETE CASCADE
);

CREATE TABLE prompts (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	name VARCHAR(255) NOT NULL,
	collision_key VARCHAR(255) NOT NULL,
	kind VARCHAR(10) NOT NULL,
	description TEXT NOT NULL,
	latest_version INTEGER NOT NULL,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_prompts PRIMARY KEY (id),
	CONSTRAINT fk_prompts_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT uq_prompts_project_id_collision_key UNIQUE (project_id, collision_key)
);

CREATE TABLE provider_report_lines (
	report_id VARCHAR(40) NOT NULL,
	day VARCHAR(10) NOT NULL,
	model VARCHAR(200) NOT NULL,
	input_tokens BIGINT,
	output_tokens BIGINT,
	cost_usd BIGINT,
	CONSTRAINT pk_provider_report_lines PRIMARY KEY (report_id, day, model),
	CONSTRAINT fk_provider_report_lines_report_id FOREIGN KEY(report_id) REFERENCES provider_reports (id) ON DELETE CASCADE
);

CREATE TABLE provider_reports (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	name VARCHAR(200) NOT NULL,
	form VARCHAR(40) NOT NULL,
	provider_kind VARCHAR(60) NOT NULL,
	provider VARCHAR(60) NOT NULL,
	first_day VARCHAR(10) NOT NULL,
	last_day VARCHAR(10) NOT NULL,
	created_at DATETIME NOT NULL,
	created_by VARCHAR(200) NOT NULL,
	CONSTRAINT pk_provider_reports PRIMARY KEY (id),
	CONSTRAINT fk_provider_reports_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

CREATE INDEX ix_provider_reports_project_id_id ON provider_reports (project_id, id);

CREATE TABLE providers (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	name VARCHAR(60) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	base_url TEXT NOT NULL,
	sealed_secret BLOB,
	secret_hint VARCHAR(8) NOT NULL,
	headers JSON NOT NULL,
	keep_alive BOOLEAN NOT NULL,
	models JSON NOT NULL,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_providers PRIMARY KEY (id),
	CONSTRAINT fk_providers_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT uq_providers_project_id_name UNIQUE (project_id, name)
);

CREATE TABLE releases (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	prompt_id VARCHAR(40) NOT NULL,
	environment VARCHAR(40) NOT NULL,
	version INTEGER NOT NULL,
	arm VARCHAR(40) NOT NULL,
	model VARCHAR(300) NOT NULL,
	parameters JSON NOT NULL,
	overridable JSON NOT NULL,
	action VARCHAR(10) NOT NULL,
	note TEXT NOT NULL,
	author_kind VARCHAR(20) NOT NULL,
	author_id VARCHAR(40) NOT NULL,
	author_name VARCHAR(254) NOT NULL,
	created_at DATETIME NOT NULL,
	previous_id VARCHAR(40),
	restores_id VARCHAR(40),
	CONSTRAINT pk_releases PRIMARY KEY (id),
	CONSTRAINT fk_releases_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT fk_releases_prompt_id_version FOREIGN KEY(prompt_id, version) REFERENCES prompt_versions (prompt_id, number)
);

CREATE INDEX ix_releases_project_id_id ON releases (project_id, id);

CREATE INDEX ix_releases_prompt_id_environment_id ON releases (prompt_id, environment, id);

CREATE TABLE revisions (
	name VARCHAR(40) NOT NULL,
	value BIGINT NOT NULL,
	CONSTRAINT pk_revisions PRIMARY KEY (name)
);

CREATE TABLE saved_views (
	id VARCHAR(40) NOT NULL,
	project_id VARCHAR(40) NOT NULL,
	name VARCHAR(100) NOT NULL,
	"query" TEXT NOT NULL,
	group_by VARCHAR(300) NOT NULL,
	created_by VARCHAR(200) NOT NULL,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_saved_views PRIMARY KEY (id),
	CONSTRAINT fk_saved_views_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE,
	CONSTRAINT uq_saved_views_project_id_name UNIQUE (project_id, name)
);

CREATE TABLE sessions (
	digest VARCHAR(64) NOT NULL,
	member_id VARCHAR(40) NOT NULL,
	csrf_token VARCHAR(64) NOT NULL,
	created_at DATETIME NOT NULL,
	seen_at DATETIME NOT NULL,
	expires_at DATETIME NOT NULL,
	CONSTRAINT pk_sessions PRIMARY KEY (digest),
	CONSTRAINT fk_sessions_member_id FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);

CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

CREATE INDEX ix_sessions_member_id ON sessions (member_id);
