namespace LlmTelemetry.Quickstart;

/// <summary>What the users of the story ask.</summary>
internal static class Questions
{
    public const string Refund = "May I return my headphones?";
    public const string Delivery = "Where is my parcel?";
    public const string Summary = "Summarize this week's tickets in one sentence.";
    public const string OrderStatus = "What is the status of order 4711?";
    public const string Vacation = "How many days of vacation do I have?";
    public const string SickLeave = "What do I do when I am ill?";
    public const string Liability = "What does the contract say about liability?";
    public const string Termination = "How is the contract ended?";
    public const string Poem = "Write a line about tokens.";
    public const string Essay = "Write about the history of the parcel.";
    public const string Overload = "Are you there?";
}
