namespace LlmTelemetry.Service;

/// <summary>A request that can never be read, with why; nothing of it is quoted. The sender is told, and drops it.</summary>
internal sealed class OtlpFormatException(string message, Exception? cause = null) : Exception(message, cause);
