using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What an export was asked for.</summary>
/// <param name="What"><c>records</c> or <c>usage</c>.</param>
/// <param name="Format">One of <see cref="ExportFormat"/>.</param>
/// <param name="Out">The file's name with its parts in braces; null: standard output.</param>
/// <param name="By">By what sums are apart.</param>
/// <param name="ByTags">By which tags.</param>
/// <param name="Daily">Whether each closed day is exported, until it is stopped.</param>
/// <param name="Delay">How long after its end a day is exported: what exporters still hold has then arrived.</param>
/// <param name="Webhook">Who is told the totals of closed periods; null for nobody.</param>
/// <param name="WebhookBy">By what these totals are apart.</param>
internal sealed record ExportRequest(
    string What,
    string Format,
    string? Out,
    IReadOnlyList<SpendDimension> By,
    IReadOnlyList<string> ByTags,
    bool Daily,
    TimeSpan Delay,
    Uri? Webhook,
    ReportColumns WebhookBy);
