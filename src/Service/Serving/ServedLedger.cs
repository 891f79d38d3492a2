using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The ledger that a running service writes and reads: one object for all endpoints, registered as a singleton.</summary>
/// <param name="Options">The settings, as the configuration says.</param>
/// <param name="Store">The store.</param>
/// <param name="Reports">Reads it.</param>
/// <param name="Records">Records of single calls; null where none are kept.</param>
/// <param name="Receiver">Books what is delivered.</param>
/// <param name="Budgets">The budgets beside the ledger.</param>
internal sealed record ServedLedger(
    CostExporterOptions Options, ISpendStore Store, UsageReports Reports, UsageRecords? Records, IUsageReceiver Receiver, BudgetGuard Budgets);
