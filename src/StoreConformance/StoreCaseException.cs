namespace LlmTelemetry.StoreConformance;

/// <summary>A store does not keep the contract: the message says in which case, what was expected and what was found.</summary>
/// <param name="message">The message.</param>
/// <param name="cause">What the store threw; null where it answered.</param>
public sealed class StoreCaseException(string message, Exception? cause = null) : Exception(message, cause);
