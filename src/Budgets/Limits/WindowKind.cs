namespace LlmTelemetry.Budgets;

/// <summary>How a <see cref="BudgetWindow"/> begins and ends. A window that nobody set slides with no length, which no limit accepts.</summary>
internal enum WindowKind
{
    Sliding,
    Day,
    Month,
    Session,
}
