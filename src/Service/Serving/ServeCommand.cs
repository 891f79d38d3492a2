using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry serve</c>: runs the service until it is told to stop.</summary>
internal sealed class ServeCommand(CommandContext context)
    : StoreCommand("serve", "Receives telemetry over OTLP/HTTP into the ledger, and shows it: an HTTP API and a page.", context)
{
    protected override Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken) => throw new NotImplementedException("host");
}
