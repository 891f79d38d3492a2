namespace LlmTelemetry.CostExporter;

/// <summary>The order of a report's rows. By day the days come first, in their order; ties come in the order of their names (ordinal).</summary>
public enum UsageReportSort
{
    /// <summary>The highest cost first, unknown cost last.</summary>
    Cost,

    /// <summary>The highest charge first; nothing charged on last.</summary>
    Charged,

    /// <summary>The most calls first.</summary>
    Calls,

    /// <summary>The most input and output tokens first.</summary>
    Tokens,

    /// <summary>By the names of what the rows are apart by (ordinal); what was not said first.</summary>
    Name,
}
