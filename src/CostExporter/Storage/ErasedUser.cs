namespace LlmTelemetry.CostExporter;

/// <summary>Who erased users become.</summary>
internal static class ErasedUser
{
    public const string Name = Vocabulary.Placeholders.Erased;
}
