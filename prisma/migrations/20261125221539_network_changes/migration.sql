-- CreateTable
CREATE TABLE "Change" (
    "id" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "operations" JSONB NOT NULL,
    "plan" JSONB NOT NULL,
    "keep" TEXT NOT NULL,
    "windowSeconds" INTEGER NOT NULL,
    "checksPassed" INTEGER NOT NULL DEFAULT 0,
    "checkFailure" TEXT,
    "deadlineAt" TIMESTAMPTZ(3),
    "reason" TEXT,
    "detail" TEXT,
    "revertsId" TEXT,
    "jobId" TEXT,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Change_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Change_hostId_createdAt_idx" ON "Change"("hostId", "createdAt");

-- CreateIndex
CREATE INDEX "Change_state_idx" ON "Change"("state");

-- AddForeignKey
ALTER TABLE "Change" ADD CONSTRAINT "Change_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;
