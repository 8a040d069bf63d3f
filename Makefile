# Every target does all of its own set-up: `make run` and `make test` work in a fresh clone.
PYTHON ?= python3
ARGS ?=

.PHONY: help run serve configure backup restore upgrade test lint format bench load hostile faults lock schema fuzz

help:
	@echo "make run      set up what is missing and run the site on this machine"
	@echo "make serve    the same for other computers too, by HTTPS: HOST=name-or-address"
	@echo "              (CERT=file KEY=file: your certificate; LISTEN=address: where to listen)"
	@echo "make configure  write .env for docker compose, with fresh secrets: HOST=name (EMAIL=administrator GPU=1 S3=1)"
	@echo "make backup   copy database and files while the site runs   (OUT=folder KEEP=number WITH_KEY=1)"
	@echo "make restore  fill an empty place from a backup             (FROM=folder of the backup)"
	@echo "make upgrade  bring the data to the version that lies here, after a backup (OUT, KEEP as above)"
	@echo "make test     run the whole test suite          (ARGS=... goes to pytest)"
	@echo "make lint     check style, types and structure"
	@echo "make format   bring the code into its form"
	@echo "make bench    measure speed and memory          (ARGS=... goes to bench/run.py)"
	@echo "make load     measure many people, labels and long lists   (ONLY=A,labels MINUTES=1 EDITS=1000 OUT=file)"
	@echo "make hostile  send 10,000 hostile uploads to a site of their own; goes on where it was interrupted"
	@echo "make faults   kill, stop and empty what there is while 500 jobs run  (ARGS=--help tells the choices)"
	@echo "make lock     compile the pinned requirement files anew"
	@echo "make schema   write docs/openapi.json from the code"
	@echo "make fuzz     send the API made-up requests     (ARGS=number for each operation and person)"

configure: ARGS = --host "$(HOST)" --email "$(EMAIL)" --gpu "$(GPU)" --s3 "$(S3)"
serve: ARGS = --host "$(HOST)" --cert "$(CERT)" --key "$(KEY)" --listen "$(LISTEN)"

backup upgrade: ARGS = $(if $(OUT),--to "$(OUT)") $(if $(KEEP),--keep "$(KEEP)") $(if $(WITH_KEY),--with-key)
restore: ARGS = "$(FROM)"

load: ARGS = $(if $(ONLY),--only "$(ONLY)") $(if $(MINUTES),--minutes "$(MINUTES)") $(if $(EDITS),--edits "$(EDITS)") $(if $(CELLS),--cells "$(CELLS)") $(if $(ROUNDS),--rounds "$(ROUNDS)") $(if $(BESIDE),--beside "$(BESIDE)") $(if $(OUT),--out "$(OUT)")

run serve configure backup restore upgrade test lint format bench load hostile faults lock schema fuzz:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "wbcweb needs Python 3.11 or newer, and there is no '$(PYTHON)' on this machine: install Python, then run make again." >&2; \
	  exit 1; }
	@exec $(PYTHON) tools/dev.py $@ $(ARGS)
